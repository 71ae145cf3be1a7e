# SPDX-License-Identifier: MIT
"""HDF5_USE_FILE_LOCKING forces HDF5 to lock files; many cluster file systems cannot. The message names the variable."""
import pytest

import nsr
import shim

WORDS = ("--format", "summary", "--segment-frames", 100)
NOT_THERE = ["ENOSYS", "ENOTSUP"]


def no_locks(path, error, forced):
    return {**shim.env("flock", path, 1, error, many=True), **({"HDF5_USE_FILE_LOCKING": "TRUE"} if forced else {})}


@pytest.mark.parametrize("error", NOT_THERE)
def test_an_input(recording, tmp_path, error):
    done = nsr.fails(nsr.DATA, "render", recording, "-o", tmp_path / "o.nsr", *WORDS, env=no_locks("", error, True),
                     says=[f"{recording}: file locking is forced by HDF5_USE_FILE_LOCKING", "unset it", "unable to lock file"])
    assert "damaged" not in done.err
    nsr.run("render", recording, "-o", tmp_path / "o.nsr", *WORDS, env=no_locks("", error, False))


@pytest.mark.parametrize("ranks", [0, 2])
def test_a_table(recording, tmp_path, ranks):
    """The bundle lies on another file system than the input."""
    nsr.fails(nsr.IO, "render", recording, "-o", tmp_path / "o.nsr", *WORDS, ranks=ranks, env=no_locks("summary", "ENOSYS", True),
              says=["summary.h5: file locking is forced by HDF5_USE_FILE_LOCKING", "unset it"])
    nsr.run("resume", tmp_path / "o.nsr", ranks=ranks)
    nsr.run("verify", tmp_path / "o.nsr")


@pytest.mark.parametrize("error", NOT_THERE)
def test_a_recording_of_synth(tmp_path, error):
    words = ("synth", tmp_path / "a.h5", "--frames", 50, "--grid", "4x4")
    nsr.fails(nsr.IO, *words, env=no_locks("a.h5", error, True), says=["a.h5: file locking is forced by HDF5_USE_FILE_LOCKING"])
    nsr.run(*words, env=no_locks("a.h5", error, False))
