# SPDX-License-Identifier: MIT
"""What is not marked as this program's own is neither overwritten nor removed, whatever its name."""
import json
import os

import h5py
import numpy as np
import pytest

import nsr

PICTURES = ("--format", "png", "--size", "36x24", "--segment-frames", 100)
FOREIGN = {"manifest.json": '{"name": "site", "icons": []}', "plan.json": '{"steps": [1, 2]}'}


def render(path, bundle, *words, **how):
    return nsr.run("render", path, "-o", bundle, *PICTURES, *words, **how)


def fill(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return nsr.tree(folder, leave_out=())


@pytest.mark.parametrize("more", [(), ("--replace", "--take-over")], ids=["", "replace"])
@pytest.mark.parametrize("files", [
    {"manifest.json": FOREIGN["manifest.json"]}, {"plan.json": FOREIGN["plan.json"]}, {"manifest.json": "<html>"},
    {"plan.json": "[]", "manifest.json": "7"}, {"parts/wheel.stl": "solid"}, {"segments/000001.json": "{}"},
    {"segments/one.wav": "RIFF", "parts/two.wav": "RIFF"}, {"locks/door.txt": "open"}, {"plan.json/a": "b"},
], ids=["manifest", "plan", "html", "values", "parts", "segments", "both", "locks", "folder"])
def test_a_foreign_folder_is_refused(recording, tmp_path, files, more):
    site = tmp_path / "site"
    before = fill(site, files)
    nsr.fails(nsr.CREATE, "render", recording, "-o", site, *PICTURES, *more, says="not a bundle of this program")
    assert nsr.tree(site, leave_out=()) == before


@pytest.mark.parametrize("ranks", [0, 2])
def test_hidden_files_stay(recording, tmp_path, ranks):
    bundle = tmp_path / "o.nsr"
    hidden = {".git/HEAD": "ref", ".git/.x.tmp-0badcafe": "mine", ".directory": "mine"}
    fill(bundle, hidden)
    render(recording, bundle, ranks=ranks)
    nsr.run("verify", bundle)
    assert all((bundle / name).read_text() == text for name, text in hidden.items())


@pytest.mark.parametrize("kind", ["git", "files", "foreign", "link", "file"])
def test_what_is_in_the_way_of_replace_stays(recording, tmp_path, kind):
    bundle, old = tmp_path / "o.nsr", tmp_path / "o.nsr.old"
    render(recording, bundle)
    if kind == "link":
        render(recording, tmp_path / "other.nsr")
        old.symlink_to(tmp_path / "other.nsr")
    elif kind == "file":
        old.write_text("mine")
    else:
        fill(old, {"git": {".git/HEAD": "ref"}, "files": {"a.txt": "b"}, "foreign": FOREIGN}[kind])
    before = nsr.tree(tmp_path, leave_out=())
    nsr.fails(nsr.CREATE, "render", recording, "-o", bundle, *PICTURES, "--replace", says=["o.nsr.old", "in the way"])
    assert nsr.tree(tmp_path, leave_out=()) == before


def test_replace_takes_the_place_of_a_bundle_only(recording, tmp_path):
    bundle = tmp_path / "o.nsr"
    for _ in range(3):
        render(recording, bundle, "--replace")
    assert sorted(os.listdir(tmp_path)) == ["o.nsr", "o.nsr.old"]
    nsr.run("verify", tmp_path / "o.nsr.old")


@pytest.mark.parametrize("folder", ["parts", "segments"])
def test_a_folder_that_came_later_stays(recording, tmp_path, folder):
    """Its name is that of a working folder, which is removed at the end of a run."""
    bundle = tmp_path / "o.nsr"
    render(recording, bundle)
    before = fill(bundle, {f"{folder}/cat.txt": "mine"})
    nsr.fails(nsr.CREATE, "resume", bundle, says=[folder, "not of this program"])
    assert nsr.tree(bundle, leave_out=()) == before


def test_links_are_not_followed(recording, tmp_path):
    bundle, outside = tmp_path / "o.nsr", tmp_path / "outside"
    mine = {".a.tmp-0badcafe": "mine", "b/.c.tmp-0badcafe": "mine"}
    before = fill(outside, mine)
    render(recording, bundle)
    (bundle / "link").symlink_to(outside)
    (bundle / "frames" / "link").symlink_to(outside)
    (bundle / "frames" / ".000000.tmp-0badcafe").write_text("of a killed run")
    (bundle / "frames" / ".notes.tmp-mine").write_text("not of a run")
    render(recording, bundle, "--cmap", "magma")
    assert nsr.tree(outside, leave_out=()) == before
    assert not (bundle / "frames" / ".000000.tmp-0badcafe").exists() and (bundle / "frames" / ".notes.tmp-mine").exists()


@pytest.mark.parametrize("made", [True, False])
def test_a_folder_of_the_user_stays_when_a_run_fails(tmp_path, made):
    path, bundle = tmp_path / "a.h5", tmp_path / "o.nsr"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("p", data=np.random.default_rng(1).random((40, 6, 6)), chunks=(4, 6, 6), compression=1)
        where = data.id.get_chunk_info(2)
    with open(path, "r+b") as file:
        file.seek(where.byte_offset)
        file.write(b"?" * where.size)
    if made:
        bundle.mkdir()
    nsr.run("render", path, "-o", bundle, *PICTURES, code=None)
    nsr.run("resume", bundle, code=None)
    assert bundle.is_dir()


def test_an_empty_folder_stays_when_stopped(recording, tmp_path):
    """Nothing was written yet, so a folder that the run made is removed again, and one of the user's is not."""
    for made in (True, False):
        bundle = tmp_path / f"{made}.nsr"
        if made:
            bundle.mkdir()
        nsr.fails(nsr.USAGE, "render", recording, "-o", bundle, *PICTURES, "--vmin", 1e9, says="--vmin")
        assert bundle.exists() == made and not (made and any(bundle.iterdir()))


NAMES = ["parts", "segments", "units", "locks", "plan.json", "manifest.json", "a/parts", "b/parts", ".hidden", "a/..",
         "field-parts", "rate"]


@pytest.mark.parametrize("ranks", [0, 2])
def test_fields_with_names_of_the_bundle(tmp_path, ranks):
    path, bundle = tmp_path / "a.h5", tmp_path / "o.nsr"
    with h5py.File(path, "w") as file:
        for i, name in enumerate(NAMES):
            group, _, leaf = name.rpartition("/")
            folder = file.require_group(group) if group else file
            data = file.create_dataset(None, data=np.random.default_rng(i).random((30, 4, 5), "f4"))
            h5py.h5o.link(data.id, folder.id, leaf.encode())
    render(path, bundle, "--field", ",".join("/" + name for name in NAMES), ranks=ranks)
    fields = json.loads((bundle / "plan.json").read_text())["fields"]
    folders = [field["folder"] for field in fields]
    assert len(set(folders)) == len(NAMES) and not any("/" in name or name.startswith(".") for name in folders), folders
    assert sorted(os.listdir(bundle)) == sorted([*folders, "manifest.json", "plan.json"])
    assert nsr.run("verify", bundle).out.count(": good") == len(NAMES)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.h5", "o.nsr"]
    before = nsr.stamps(bundle)
    render(path, bundle, "--field", ",".join("/" + name for name in NAMES))
    assert {k: v for k, v in nsr.stamps(bundle).items() if "frame_" in k} == {k: v for k, v in before.items() if "frame_" in k}
