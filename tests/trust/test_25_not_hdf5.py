# SPDX-License-Identifier: MIT
"""Files that are passed in place of HDF5: one message says what the file is and what to do."""
import gzip
import io
import os

import h5py
import numpy as np
import pytest

import nsr


def npz(array):
    stream = io.BytesIO()
    np.savez(stream, d=array)
    return stream.getvalue()


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


A = np.random.default_rng(25).random((40, 12))
FILES = {
    "annex.nwb": (b"/annex/objects/MD5E-s123--0123.nwb\n", ["pointer of git-annex", "git annex get"]),
    "lfs.h5": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", ["pointer of Git LFS", "git lfs pull"]),
    "page.nwb": (b"\n <!DOCTYPE html>\n<html><title>403 Forbidden</title></html>\n", ["web page", "download failed"]),
    "error.nwb": (b"<?xml version='1.0'?><Error>AccessDenied</Error>", ["XML", "download"]),
    "old.mat": (b"MATLAB 5.0 MAT-file, made up".ljust(124) + b"\x00\x01IM", ["MATLAB file of an old version", "-v7.3"]),
    "classic.nc": (b"CDF\x01" + bytes(60), ["netCDF-3", "nccopy"]),
    "offset64.nc": (b"CDF\x02" + bytes(60), ["netCDF-3", "nccopy"]),
    "a.npy": (npy(A), ["NumPy array", "numpy.load"]),
    "a.npz": (npz(A), ["zip archive", "npz"]),
    "a.h5.gz": (gzip.compress(b"x" * 99), ["gzip", "gunzip"]),
    "a.h5.xz": (b"\xfd7zXZ\x00" + bytes(20), ["xz"]),
    "lindi.json": (b'{"refs": {}}', ["JSON", "exported"]),
    "zeros.h5": (bytes(5000), ["zeros", "copy it again"]),
    "text.h5": (b"some words\n", ["no HDF5 signature"]),
}
SAYS = pytest.mark.parametrize("name", FILES)


@SAYS
def test_file(tmp_path, name):
    content, says = FILES[name]
    (tmp_path / name).write_bytes(content)
    for command in ("info", "range"):
        nsr.fails(nsr.DATA, command, tmp_path / name, says=["not an HDF5 file", *says])


def test_all_ranks_end_with_the_code(tmp_path):
    (tmp_path / "a.npy").write_bytes(npy(A))
    nsr.fails(nsr.DATA, "render", tmp_path / "a.npy", "-o", tmp_path / "o.nsr", ranks=2, says="NumPy array")


@pytest.mark.parametrize("mark", [".zgroup", "zarr.json"])
def test_zarr_folder(tmp_path, mark):
    (tmp_path / "session.nwb").mkdir()
    (tmp_path / "session.nwb" / mark).write_text("{}")
    nsr.fails(nsr.NO_INPUT, "info", tmp_path / "session.nwb", says=["Zarr folder", "export"])


def test_other_folders(tmp_path):
    nsr.fails(nsr.NO_INPUT, "info", tmp_path, says="is a directory")
    nsr.run("synth", tmp_path / "a.h5", "--frames", 20)
    nsr.run("render", tmp_path / "a.h5", "-o", tmp_path / "a.nsr")
    nsr.fails(nsr.NO_INPUT, "info", tmp_path / "a.nsr", says=["bundle of this program", "recording"])


def test_links_that_lead_nowhere(tmp_path):
    os.symlink("../.git/annex/objects/aa/bb/MD5E-s123--0.nwb", tmp_path / "annexed.nwb")
    os.symlink("gone.h5", tmp_path / "link.h5")
    nsr.fails(nsr.NO_INPUT, "info", tmp_path / "annexed.nwb", says=["is a link", "git annex get"])
    nsr.fails(nsr.NO_INPUT, "info", tmp_path / "link.h5", says=["is a link to gone.h5", "no file"])


@pytest.mark.parametrize("address", ["https://example.org/session.nwb", "s3://bucket/session.nwb"])
def test_address(address):
    nsr.fails(nsr.NO_INPUT, "info", address, says=["is an address", "download"])


def test_same_warning_is_printed_once(tmp_path):
    """info opens the file twice, and both openings find that its times cannot be used."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["posterior"], file["time"] = A, np.arange(39.0)
    for command in ("info", "plan", "range"):
        done = nsr.run(command, tmp_path / "a.h5", "--grid", "3x4")
        assert len(done.warnings) == len(set(done.warnings)), done
