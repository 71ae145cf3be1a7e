# SPDX-License-Identifier: MIT
"""Several fields in one bundle: a folder each, one range or each its own, the same bytes for any ranks, repair, refusal."""
import json
import shutil

import h5py
import numpy as np
import pytest

import nsr

WORDS = ("--format", "png,hash", "--segment-frames", 64)
FIELDS = ("--field", "posterior", "--field", "rate")


@pytest.fixture(scope="module")
def pair(place):
    random = np.random.default_rng(5)
    path = place / "pair.h5"
    with h5py.File(path, "w") as file:
        file["posterior"] = random.random((200, 6, 8), "f4")
        file["rate"] = 50 * random.random((200, 6, 8), "f4")
        file["other/rate"] = random.random((200, 6, 8), "f4")
        file["short"] = random.random((100, 6, 8), "f4")
    return path


@pytest.fixture(scope="module")
def several(pair, place):
    nsr.run("render", pair, "-o", place / "several.nsr", *FIELDS, *WORDS)
    return place / "several.nsr"


def limits(bundle, field):
    return nsr.manifest(bundle / field)["limits"]


def values(pair, field):
    with h5py.File(pair) as file:
        return np.asarray(file[field], "f8")


def test_each_has_a_folder_and_they_share_the_range(several, pair):
    top = nsr.manifest(several)
    assert [f["folder"] for f in top["fields"]] == ["posterior", "rate"]
    low = min(values(pair, f).min() for f in ("posterior", "rate"))
    high = max(values(pair, f).max() for f in ("posterior", "rate"))
    for field in ("posterior", "rate"):
        assert limits(several, field) == {"vmin": low, "vmax": high}
        assert len(list((several / field / "frames").rglob("*.png"))) == 200
    assert not (several / "segments").exists() and not (several / "locks").exists()


def test_each_its_own_range(pair, tmp_path):
    nsr.run("render", pair, "-o", tmp_path / "o.nsr", *FIELDS, *WORDS, "--range-mode", "each")
    for field in ("posterior", "rate"):
        x = values(pair, field)
        assert limits(tmp_path / "o.nsr", field) == {"vmin": x.min(), "vmax": x.max()}


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_same_bytes(several, pair, tmp_path, ranks):
    nsr.run("render", pair, "-o", tmp_path / "o.nsr", *FIELDS, *WORDS, ranks=ranks)
    nsr.assert_same(tmp_path / "o.nsr", several)


def test_a_field_equals_its_own_bundle(several, pair, tmp_path):
    shown = limits(several, "rate")
    nsr.run("render", pair, "-o", tmp_path / "o.nsr", "--field", "/rate", *WORDS, "--vmin", repr(shown["vmin"]), "--vmax",
            repr(shown["vmax"]))
    assert (tmp_path / "o.nsr/hashes.txt").read_bytes() == (several / "rate/hashes.txt").read_bytes()


def test_damage_is_found_and_only_that_is_made_again(several, tmp_path):
    bundle = shutil.copytree(several, tmp_path / "o.nsr")
    shutil.rmtree(bundle / "rate/frames/000001")
    done = nsr.run("verify", bundle, code=nsr.DATA)
    assert "000001" in done.out
    untouched = nsr.stamps(bundle / "posterior")
    nsr.run("resume", bundle, ranks=2)
    nsr.assert_same(bundle, several)
    assert nsr.stamps(bundle / "posterior") == untouched
    nsr.run("verify", bundle)


def test_status_is_one_document(several):
    status = json.loads(nsr.run("status", several, "--json").out)
    assert [f["finished"] for f in status["fields"]] == [True, True]


def test_names_that_collide_use_the_whole_path(pair, tmp_path):
    nsr.run("render", pair, "-o", tmp_path / "o.nsr", "--field", "/rate", "--field", "/other/rate", *WORDS)
    assert [f["folder"] for f in nsr.manifest(tmp_path / "o.nsr")["fields"]] == ["rate", "other.rate"]


def test_fields_that_do_not_match_are_refused(pair, several, tmp_path):
    nsr.fails(nsr.DATA, "render", pair, "-o", tmp_path / "o.nsr", "--field", "posterior", "--field", "short", *WORDS,
              says=("posterior", "short"))
    assert not (tmp_path / "o.nsr").exists()
    bundle = shutil.copytree(several, tmp_path / "p.nsr")
    nsr.fails(78, "render", pair, "-o", bundle, "--field", "posterior", "--field", "/other/rate", *WORDS, says="--field")
    nsr.fails(78, "render", pair, "-o", bundle, "--field", "posterior", *WORDS, says="--field")
