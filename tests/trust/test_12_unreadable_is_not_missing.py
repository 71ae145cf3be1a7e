# SPDX-License-Identifier: MIT
"""A file or folder that cannot be looked at for a moment is not one that does not exist."""
import pytest

import nsr
import shim

PICTURES = ("--format", "png", "--size", "36x24", "--segment-frames", 100, "--threads", 1)


@pytest.fixture(scope="module")
def undisturbed(recording, place):
    nsr.run("render", recording, "-o", place / "b.nsr", *PICTURES)
    return place / "b.nsr"


@pytest.fixture
def unfinished(recording, tmp_path):
    """Two of five segments are done."""
    bundle = tmp_path / "o.nsr"
    nsr.run("render", recording, "-o", bundle, *PICTURES, env=shim.env("rename", "frames/000002", 1, "exit"), code=99)
    assert nsr.records(bundle) == [0, 1]
    return bundle


@pytest.mark.parametrize("error, ranks", [("EMFILE", 2), ("EIO", 0), ("ESTALE", 0), ("EACCES", 0)])
def test_records_that_cannot_be_listed(unfinished, undisturbed, error, ranks):
    """Finished segments are not rendered again, and their parts stay."""
    before = nsr.stamps(unfinished / "frames")
    env = shim.env("opendir", "/segments", 1, error, rank=0 if ranks else None)
    nsr.fails(nsr.IO, "resume", unfinished, ranks=ranks, env=env, says="segments: cannot list")
    assert nsr.stamps(unfinished / "frames") == before and nsr.records(unfinished) == [0, 1]
    nsr.run("resume", unfinished, ranks=ranks)
    nsr.assert_same(unfinished, undisturbed)


@pytest.mark.parametrize("at", [1, 3])  # before anything is rendered, and when all is collected
def test_a_journal_that_cannot_be_read_may_name_the_part(unfinished, undisturbed, at):
    picture = next((unfinished / "frames" / "000001").glob("*.png"))
    picture.write_bytes(picture.read_bytes()[:-1])
    env = shim.env("open", ".jnl", at, "EIO")
    nsr.fails(nsr.IO, "resume", unfinished, "--check", "hash", env=env, says=".jnl: cannot open")
    nsr.run("resume", unfinished, "--check", "hash")
    nsr.assert_same(unfinished, undisturbed)


@pytest.mark.parametrize("words", [["status"], ["resume"]])
@pytest.mark.parametrize("folder", ["/locks", "/segments"])
def test_folders_of_status_and_locks(unfinished, words, folder):
    (unfinished / "locks").mkdir(exist_ok=True)
    nsr.fails(nsr.IO, *words, unfinished, env=shim.env("opendir", folder, 1, "EMFILE", many=True), says="cannot list")


def test_a_share_is_not_overlooked(recording, undisturbed, tmp_path):
    """The locks of others cannot be listed, so this run does not begin."""
    bundle = tmp_path / "o.nsr"
    env = shim.env("opendir", "/locks", 1, "EMFILE", many=True)
    nsr.fails(nsr.IO, "render", recording, "-o", bundle, *PICTURES, env=env, says="locks: cannot list")
    assert not (bundle / "plan.json").exists() and not list(bundle.rglob("run"))
