# SPDX-License-Identifier: MIT
"""Every field of a bundle is rendered, shown by status, and verified; a list that is too long is refused."""
import h5py
import numpy as np
import pytest

import nsr

MOST = 16  # fields of one bundle
NAMES = [f"f{i:02d}" for i in range(MOST + 1)]


@pytest.fixture(scope="module")
def many(place):
    path = place / "many.h5"
    with h5py.File(path, "w") as file:
        for i, name in enumerate(NAMES):
            file[name] = np.random.default_rng(i).random((30, 4, 5), "f4")
    return path


@pytest.fixture(scope="module")
def bundle(many, place):
    nsr.run("render", many, "-o", place / "b.nsr", "--field", ",".join(NAMES[:MOST]), "--format", "png", "--size", "20x16")
    return place / "b.nsr"


def test_all_are_shown(bundle):
    assert len(nsr.run("status", bundle, "--json").json["fields"]) == MOST
    assert nsr.run("status", bundle).out.count("finished") == MOST


@pytest.mark.parametrize("ranks", [0, 2])
@pytest.mark.parametrize("damaged", [NAMES[0], NAMES[8], NAMES[MOST - 1]])
def test_damage_in_any_is_found(bundle, damaged, ranks):
    path = next((bundle / damaged).rglob("frame_*.png"))
    good = path.read_bytes()
    path.write_bytes(good[:-1] + b"?")
    try:
        done = nsr.run("verify", bundle, ranks=ranks, code=nsr.DATA)
    finally:
        path.write_bytes(good)
    assert done.out.count(": good") == MOST - 1 and f"{bundle}/{damaged}: 1 problem found" in done.err, done
    assert nsr.run("verify", bundle, ranks=ranks).out.count(": good") == MOST


def test_the_unfinished_one_is_shown(bundle):
    manifest = bundle / NAMES[MOST - 1] / "manifest.json"
    text = manifest.read_text()
    manifest.unlink()
    try:
        shown = nsr.run("status", bundle, "--json").json["fields"]
        assert [field["finished"] for field in shown] == [True] * (MOST - 1) + [False]
        nsr.fails(nsr.NO_INPUT, "verify", bundle, says="no manifest.json")
    finally:
        manifest.write_text(text)


def test_too_many_are_refused(many, tmp_path):
    nsr.fails(nsr.USAGE, "render", many, "-o", tmp_path / "b.nsr", "--field", ",".join(NAMES), says="more than 16 names")
    assert not (tmp_path / "b.nsr").exists()


@pytest.mark.parametrize("folder", ["../b.nsr", "..", "", "/tmp"])
@pytest.mark.parametrize("command", ["status", "verify"])
def test_a_folder_outside_is_refused(tmp_path, command, folder):
    (tmp_path / "b.nsr").mkdir()
    (tmp_path / "b.nsr" / "plan.json").write_text('{"nsrender": 1, "fields": [{"path": "/a", "folder": "%s"}]}' % folder)
    nsr.fails(nsr.DATA, command, tmp_path / "b.nsr", says="is not a folder of this bundle")
