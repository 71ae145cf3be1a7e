# SPDX-License-Identifier: MIT
"""Parts and records are flushed together every few seconds. A killed process loses nothing of what it had written; a
node that dies loses at most what was not flushed, and never leaves a part that is believed and is not whole."""
import resource
import shutil

import pytest

import nsr
import shim

WORDS = ("--format", "png,zarr,video", "--size", "36x24", "--segment-frames", 64, "--threads", 1)


@pytest.fixture(scope="module")
def undisturbed(recording, place):
    nsr.run("render", recording, "-o", place / "want.nsr", *WORDS)
    return place / "want.nsr"


@pytest.fixture
def killed(recording, tmp_path):
    """Five of eight segments are done, and nothing was flushed but plan and input."""
    bundle = tmp_path / "o.nsr"
    env = shim.env("rename", "frames/000005", 1, "exit")
    nsr.run("render", recording, "-o", bundle, *WORDS, env=env, code=99)
    assert not any("flushed" in line for line in nsr.journals(bundle))
    return bundle


# --- the death of a process ---


def test_nothing_is_lost_when_the_process_dies(killed, undisturbed):
    before = {name: stamp for name, stamp in nsr.stamps(killed).items() if name.startswith("frames/00000")}
    assert nsr.records(killed) == [0, 1, 2, 3, 4] and len(before) >= 5 * 64
    assert "3 rendered in this run" in nsr.run("resume", killed).err
    nsr.assert_same(killed, undisturbed)
    assert before.items() <= nsr.stamps(killed).items()


@pytest.mark.parametrize("flushed", [False, True])
def test_contents_are_looked_at_where_nothing_was_flushed(killed, undisturbed, flushed):
    """A file of the right size whose contents were lost is noticed if its record was never flushed."""
    if flushed:
        nsr.write_journal(killed, nsr.record_of(killed).values())
        path = killed / "segments" / "900000-00000-0000test.jnl"
        path.write_bytes(path.read_bytes() + nsr.journal_line({"flushed": path.stat().st_size}))
    picture = sorted((killed / "frames" / "000002").iterdir())[0]
    picture.write_bytes(bytes(picture.stat().st_size))
    done = nsr.run("resume", killed)
    assert ("4 rendered" in done.err) == (not flushed) and ("3 rendered" in done.err) == flushed
    if flushed:
        nsr.run("verify", killed, code=nsr.DATA)
    else:
        nsr.assert_same(killed, undisturbed)


def test_what_was_found_good_is_flushed(killed):
    """The next run trusts it: its record is in a journal with a flush behind it."""
    env = shim.env("rename", "frames/000006", 1, "exit")
    nsr.run("resume", killed, env=env, code=99)
    lines = nsr.journals(killed)
    flushes = [i for i, line in enumerate(lines) if "flushed" in line]
    taken_over = [line["segment"] for line in lines[:flushes[0]][-5:]]
    assert len(flushes) == 1 and taken_over == [0, 1, 2, 3, 4]


# --- damaged journals ---


@pytest.mark.parametrize("cut", [1, 40])
def test_a_torn_tail_is_ignored(killed, undisturbed, cut):
    journal = next((killed / "segments").glob("*.jnl"))
    journal.write_bytes(journal.read_bytes()[:-cut])
    assert nsr.run("status", killed, "--json").json["done"] == 4
    done = nsr.run("resume", killed)
    assert "4 rendered" in done.err and "damaged" not in done.err
    nsr.assert_same(killed, undisturbed)


def test_a_damaged_line_makes_all_doubtful(killed, undisturbed):
    journal = next((killed / "segments").glob("*.jnl"))
    content = bytearray(journal.read_bytes())
    content[content.index(b"\n") + 60] ^= 1
    journal.write_bytes(content)
    done = nsr.run("resume", killed)
    assert "4 rendered" in done.err and "is damaged; the contents of all parts are checked" in done.err
    nsr.assert_same(killed, undisturbed)


# --- many journals ---

MANY = 3000
LEAST_FILES = 64  # that a process may have open


def scatter(bundle):
    """A journal for each of many runs. Those of the last ones are true; the parts of the others were other ones."""
    stamp = next(line for line in nsr.journals(bundle) if "input" in line)
    true = list(nsr.record_of(bundle).values())
    outdated = [{**record, "outputs": {name: {**part, "bytes": part["bytes"] + 1} for name, part in record["outputs"].items()}}
                for record in true]
    for path in (bundle / "segments").glob("*.jnl"):
        path.unlink()
    runs = [outdated[run % len(true)] for run in range(MANY - len(true))] + true
    for run, record in enumerate(runs):
        path = bundle / "segments" / f"{run + 1:06d}-{run % 3:05d}-{run:08x}.jnl"
        path.write_bytes(nsr.journal_line(stamp) + nsr.journal_line(record))


@pytest.fixture
def few_files():
    """Programs that are started meanwhile may open a few files at a time."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (LEAST_FILES, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def in_seconds(*words):
    done = nsr.run(*words)
    assert done.seconds < 10 * nsr.PATIENCE, done  # half a second on a machine that has nothing else to do
    return done


def test_resume_with_thousands_of_journals(killed, undisturbed, few_files):
    scatter(killed)
    assert in_seconds("status", killed, "--json").json["done"] == 5
    assert "3 rendered in this run" in in_seconds("resume", killed).err
    nsr.assert_same(killed, undisturbed)


def test_join_with_thousands_of_journals(recording, undisturbed, tmp_path, few_files):
    bundle = tmp_path / "o.nsr"
    for k in (1, 2):
        nsr.run("render", recording, "-o", bundle, *WORDS, "--share", f"{k}/2")
    scatter(bundle)
    assert in_seconds("status", bundle, "--json").json["done"] == 8
    in_seconds("join", bundle)
    nsr.assert_same(bundle, undisturbed)


# --- flushes that fail ---


@pytest.mark.parametrize("ranks", [0, 3])
def test_a_flush_that_fails_voids_its_group(recording, undisturbed, tmp_path, ranks):
    """The page cache may look good although the disk lost the pages, so these records must go."""
    bundle = tmp_path / "o.nsr"
    words = ("render", recording, "-o", bundle, *WORDS, "--share", "1/1")
    nsr.fails(nsr.IO, *words, ranks=ranks, env=shim.env("syncfs", ".jnl", 1, "EIO"), says=".jnl: cannot flush")
    assert nsr.records(bundle) == []
    nsr.run(*words, ranks=ranks)
    nsr.run("join", bundle, ranks=ranks)
    nsr.assert_same(bundle, undisturbed)


def test_an_old_kernel_flushes_each_file(recording, undisturbed, tmp_path):
    """Linux before 5.8 does not report write errors through syncfs."""
    bundle = tmp_path / "o.nsr"
    nsr.fails(nsr.IO, "render", recording, "-o", bundle, *WORDS, says="cannot flush",
              env={**shim.env("fsync", "frames.ome.zarr", 2, "EIO"), "SHIM_KERNEL": "5.4.0"})
    nsr.run("resume", bundle, env=shim.env("fsync", "frames.ome.zarr", 2, "EIO"))
    nsr.assert_same(bundle, undisturbed)
