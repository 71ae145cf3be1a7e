# SPDX-License-Identifier: MIT
"""Foreign text that is not UTF-8 (Latin-1 here): a name is refused before anything is read, a label is shown with question
marks. It never ends a run with 70, after hours of work, and never drops an option silently."""
import os
import shutil
import subprocess

import h5py
import numpy as np
import pytest

import environments
import nsr
import shim

ODD = os.fsdecode(b"caf\xe9")
WORDS = ("--format", "png,zarr", "--size", "24x24", "--segment-frames", 8)


def recording(path, name="p", dims=(), **attributes):
    with h5py.File(path, "w") as file:
        space, text = h5py.h5s.create_simple((20, 6, 6)), os.fsencode(name)
        lcpl = h5py.h5p.create(h5py.h5p.LINK_CREATE)
        lcpl.set_create_intermediate_group(True)
        data = h5py.h5d.create(file.id, text, h5py.h5t.IEEE_F32LE, space, lcpl=lcpl)
        h5py.Dataset(data)[...] = np.random.default_rng(3).random((20, 6, 6))
        for key, value in attributes.items():
            h5py.Dataset(data).attrs[key] = np.bytes_(value)
        for i, label in enumerate(dims):
            h5py.h5ds.set_label(data, i, label)
    return path


def refused(code, says, *words, ranks=0, cwd=None, tmp_path, log):
    """Before a value is read."""
    env = shim.env("read,pread", "", log=log)
    done = nsr.fails(code, *words, ranks=ranks, says=["not UTF-8", *says], cwd=cwd, env=env)
    assert "range" not in done.err.split("not UTF-8")[0] and "?" in done.err
    assert not list(tmp_path.rglob("plan.json"))


@pytest.fixture
def odd(tmp_path):
    (tmp_path / ODD).mkdir()
    return tmp_path / ODD


@pytest.mark.parametrize("case, ranks", [
    ("folder", 0), ("folder", 2), ("file", 0), ("relative", 2), ("link", 0), ("bundle", 0), ("dataset", 0), ("dataset", 2),
    ("group", 0), ("environment", 0), ("cmap", 2)])
def test_names_are_refused(odd, tmp_path, case, ranks):
    good, out, words, cwd, code = recording(tmp_path / "a.h5"), tmp_path / "o.nsr", [], None, nsr.USAGE
    path = good
    if case == "folder":
        path = recording(odd / "a.h5")
    elif case == "file":
        path = recording(tmp_path / f"{ODD}.h5")
    elif case == "relative":
        path, cwd = recording(odd / "a.h5").name, odd
    elif case == "link":
        path = tmp_path / "link.h5"
        path.symlink_to(recording(odd / "a.h5"))
    elif case == "bundle":
        out = odd / "o.nsr"
    elif case in ("dataset", "group"):
        path, code = recording(tmp_path / "b.h5", f"g/{ODD}" if case == "dataset" else f"{ODD}/p"), nsr.DATA
    elif case == "environment":
        made = environments.LAYOUTS["RegularGrid"]()
        environments.save(odd / "e", "RegularGrid", made)
        words = ["--environment", odd / "e"]
    elif case == "cmap":
        (odd / "map.txt").write_text("\n".join(f"{i} {i} {i}" for i in range(256)))
        words = ["--cmap", odd / "map.txt"]
    refused(code, [], "render", path, "-o", out, *WORDS, *words, ranks=ranks, cwd=cwd, tmp_path=tmp_path, log=tmp_path / "log")


def test_a_link_with_another_name_helps(odd, tmp_path):
    """Of the folder: the data stay where they are."""
    recording(odd / "a.h5")
    shutil.copy(odd / "a.h5", tmp_path / "a.h5")
    nsr.run("render", tmp_path / "a.h5", "-o", tmp_path / "o.nsr", *WORDS)
    nsr.run("verify", tmp_path / "o.nsr", "--against", tmp_path / "a.h5")


@pytest.mark.parametrize("ranks", [0, 2])
def test_labels_are_shown_with_question_marks(tmp_path, ranks):
    path = recording(tmp_path / "a.h5", dims=[b"time", b"h\xf6he", b"breite\xff"], units=b"\xb5V", long_name=b"Gr\xf6\xdfe",
                     labels=b"\xff\xfe")
    nsr.run("render", path, "-o", tmp_path / "o.nsr", *WORDS, ranks=ranks)
    nsr.run("verify", tmp_path / "o.nsr", "--against", path)
    nsr.run("info", path, "--json").json


@pytest.mark.parametrize("command", ["info", "range", "plan"])
def test_text_needs_no_utf8(odd, command):
    """Where no JSON is written, odd names are names."""
    path = recording(odd / "a.h5")
    done = subprocess.run(nsr.command(command, path), capture_output=True, timeout=30)
    assert done.returncode == 0, done


@pytest.mark.parametrize("ranks", [0, 2])
def test_info_lists_odd_names(tmp_path, ranks):
    """As \\xNN, which --field takes, too."""
    path = recording(tmp_path / "a.h5", f"g/{ODD}")
    assert nsr.run("info", path, "--json", ranks=ranks).json["fields"][0]["path"] == "/g/caf\\xe9"
    with h5py.File(path, "r+") as file:
        file["other"] = np.ones((30, 4, 4))
    about = nsr.run("info", path, "--json").json
    assert {f["path"]: f["shape"] for f in about["fields"]} == {"/g/caf\\xe9": [20, 6, 6], "/other": [30, 4, 4]}
    assert about["environment"] and "/g/caf\\xe9: 20 x 6 x 6" in nsr.run("info", path).out
    for name in ("/g/caf\\xe9", "caf\\xe9"):
        assert nsr.run("info", path, "--field", name, "--json").json["fields"][0]["n_frames"] == 20
        done = subprocess.run(nsr.command("range", path, "--field", name), capture_output=True, timeout=30)
        assert done.returncode == 0, done
    nsr.fails(nsr.DATA, "range", path, says="/g/caf\\xe9 (20 x 6 x 6), /other (30 x 4 x 4)")


def test_info_lists_odd_overlays(tmp_path):
    path = recording(tmp_path / "a.nwb")
    with h5py.File(path, "r+") as file:
        file.attrs["nwb_version"] = "2.5.0"
        file.attrs["namespace"] = "core"
        file.attrs["neurodata_type"] = "NWBFile"
        series = h5py.Group(h5py.h5g.create(file.create_group("processing").id, b"h\xf6he"))
        series.attrs["neurodata_type"] = "SpatialSeries"
        series["data"], series["timestamps"] = np.ones((20, 2)), np.arange(20.)
    about = nsr.run("info", path, "--field", "p", "--json").json
    assert [(o["path"], o["times"]) for o in about["overlays"]] == [("/processing/h\\xf6he", "/processing/h\\xf6he/timestamps")]


@pytest.mark.parametrize("words", [["range", "--json"], ["plan", "--json"]])
def test_json_of_odd_names_is_refused(odd, words):
    path = recording(odd / "a.h5")
    done = subprocess.run(nsr.command(words[0], path, *words[1:]), capture_output=True, timeout=30)
    assert done.returncode in (nsr.USAGE, nsr.DATA) and b"UTF-8" in done.stderr and not done.stdout, done


def test_an_existing_bundle_in_an_odd_folder(odd, tmp_path):
    """It was made elsewhere and moved: reading it needs no JSON of its path."""
    path = recording(tmp_path / "a.h5")
    nsr.run("render", path, "-o", tmp_path / "o.nsr", *WORDS)
    (tmp_path / "o.nsr").rename(odd / "o.nsr")
    for words in (["status"], ["verify"], ["status", "--json"], ["verify", "--json"]):
        done = subprocess.run(nsr.command(words[0], odd / "o.nsr", *words[1:]), capture_output=True, timeout=30)
        assert done.returncode == 0, done
