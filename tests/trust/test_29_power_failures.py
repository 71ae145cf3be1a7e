# SPDX-License-Identifier: MIT
"""A node that dies loses at most what was not flushed: contents and names apart, at every flush of a run."""
import shutil

import pytest

import nsr
import power

WORDS = ("--format", "png,zarr,video", "--size", "36x24", "--segment-frames", 64, "--threads", 1)


@pytest.fixture(scope="module")
def undisturbed(recording, place):
    nsr.run("render", recording, "-o", place / "want.nsr", *WORDS)
    return place / "want.nsr"


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


LOST = [(True, True, None), (True, False, None), (False, True, None), (False, True, 1)]


@pytest.mark.parametrize("contents, names, seed", LOST)
def test_power_failures(recording, undisturbed, tmp_path, contents, names, seed):
    """Before every flush, and after the end."""
    more = ("render", recording, "-o", tmp_path / "disk/o.nsr", *WORDS)
    machine = power.Machine(tmp_path / "disk")
    flushes = machine.run(*more)
    for at in (*range(1, flushes + 1), 0):
        shutil.rmtree(machine.place)
        machine = power.Machine(tmp_path / "disk")
        machine.run(*more, at=at)
        machine.lose(contents, names, seed)
        assert at or nsr.run("status", machine.place / "o.nsr", "--json").json["finished"]
        nsr.run(*more)
        nsr.assert_same(machine.place / "o.nsr", undisturbed, f"flush {at}:")
        nsr.run("verify", machine.place / "o.nsr")


@pytest.mark.parametrize("contents, names, seed", LOST if nsr.LONG else LOST[:2])
def test_power_failures_of_a_repair(recording, undisturbed, tmp_path, contents, names, seed):
    def break_it(bundle):
        shutil.rmtree(bundle / "frames" / "000003")
        flip(bundle / "frames.ome.zarr/0/c.6.0.0")
    machine = power.Machine(tmp_path / "disk")
    bundle = machine.place / "o.nsr"
    shutil.copytree(undisturbed, bundle)
    break_it(bundle)
    words = ("resume", bundle, "--check", "hash")
    flushes = machine.run(*words)
    nsr.assert_same(bundle, undisturbed)
    for at in (*range(1, flushes + 1), 0):
        shutil.rmtree(bundle)
        shutil.copytree(undisturbed, bundle)
        break_it(bundle)
        machine.run(*words, at=at)
        machine.lose(contents, names, seed)
        nsr.run("render", recording, "-o", bundle, *WORDS, "--check", "hash")
        nsr.assert_same(bundle, undisturbed, f"flush {at}:")
