# SPDX-License-Identifier: MIT
"""Stacks, overviews and summaries of bundles that are opened again: what changed since is made again, what is damaged
is never taken for good, and long joins can be stopped."""
import json
import shutil
import signal

import h5py
import numpy as np
import pytest

import environments
import nsr
import stacks

WORDS = ["--segment-frames", 50]
PICTURES = ["--format", "png", "--size", "36x24"]


def flip(path, at=40):
    content = bytearray(path.read_bytes())
    content[at] ^= 0x10
    path.write_bytes(content)


# --- an input with frames that cannot be read, and is repaired ---

@pytest.fixture
def hurt(tmp_path):
    """A file with a damaged chunk that holds the largest values; and the good one."""
    values = np.random.default_rng(1).random((400, 6, 9)).astype("f4")
    values[130:140] *= 5
    path, good = tmp_path / "hurt.h5", tmp_path / "good.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("p", data=values, chunks=(10, 6, 9), compression="gzip")
    with h5py.File(path) as file:
        chunk = file["p"].id.get_chunk_info_by_coord((130, 0, 0))
    shutil.copy(path, good)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset + 8:chunk.byte_offset + chunk.size - 4] = bytes(chunk.size - 12)
    path.write_bytes(content)
    return path, good


@pytest.mark.parametrize("words, code", [([], nsr.DATA), (["--on-error", "fill"], nsr.OK)], ids=["stop", "fill"])
@pytest.mark.parametrize("ranks", [0, 3])
def test_repaired_frames_widen_the_integers(hurt, tmp_path, words, code, ranks):
    """What was made with the narrower range is made again; also frames that were filled are seen."""
    path, good = hurt
    stacks.render(path, tmp_path / "o.nsr", *WORDS, *words, ranks=ranks, code=code)
    shutil.copy(good, path)
    stacks.render(path, tmp_path / "o.nsr", *WORDS, *words, ranks=ranks)
    nsr.run("verify", tmp_path / "o.nsr", "--against", path)
    stacks.render(path, tmp_path / "fresh.nsr", *WORDS, *words)
    nsr.assert_same(tmp_path / "o.nsr", tmp_path / "fresh.nsr")


def test_filled_frames(hurt, tmp_path):
    """No data in stack and summary, and counted."""
    path, _ = hurt
    done = stacks.render(path, tmp_path / "o.nsr", *WORDS, "--on-error", "fill")
    assert any("10 frames" in line for line in done.warnings)
    with h5py.File(tmp_path / "o.nsr/summary.h5") as file:
        assert np.isnan(file["mean"][130:140]).all() and not file["n_finite"][130:140].any()
        assert (file["n_finite"][:130] == 54).all() and (file["argmax"][130:140] == -1).all()
    assert nsr.manifest(tmp_path / "o.nsr")["bad_frames"] == 10
    nsr.run("verify", tmp_path / "o.nsr", "--against", path)


# --- damage that does not change a length ---

OVERVIEW, TABLE = "overview.ome.zarr/0/c.0.0.0.0", "summary.h5"


@pytest.mark.parametrize("name", [OVERVIEW, TABLE])
def test_damage_is_not_taken_for_good(recording, finished, bundle, name):
    """Another style lists the files again; they must hold what was rendered."""
    flip(bundle / name)
    done = stacks.render(recording, bundle, *WORDS, "--cmap", "magma", ranks=2)
    assert any(name in line for line in done.warnings)
    assert (bundle / name).read_bytes() == (finished / name).read_bytes()
    nsr.run("verify", bundle)


def test_damage_beside_a_further_output(recording, finished, bundle):
    """Pictures have nothing to do with it: verify still finds it, resume repairs it."""
    flip(bundle / OVERVIEW)
    (bundle / "summary.csv").unlink()
    stacks.render(recording, bundle, *WORDS, *PICTURES)
    done = nsr.run("verify", bundle, code=nsr.DATA)
    assert OVERVIEW in done.out and "summary.csv" in done.out
    nsr.run("resume", bundle, "--check", "hash", ranks=2)
    nsr.run("verify", bundle)
    for name in (OVERVIEW, "summary.csv"):
        assert (bundle / name).read_bytes() == (finished / name).read_bytes()


def opened_again(recording, bundle):
    """A finished bundle whose run for pictures was killed."""
    with nsr.Running("render", recording, "-o", bundle, *WORDS, *PICTURES, "--threads", 1) as running:
        running.wait_for(lambda: (bundle / "segments/manifest.json").exists() and any((bundle / "frames").glob("0*")))
        running.kill_all()
        running.wait()
    assert not (bundle / "manifest.json").exists()


@pytest.mark.parametrize("harm", [lambda b: shutil.rmtree(b / "overview.ome.zarr"), lambda b: flip(b / OVERVIEW),
                                  lambda b: (b / "summary.csv").unlink(),
                                  lambda b: (b / "overview.ome.zarr/zarr.json").unlink(),
                                  lambda b: nsr.drop_record(b, 5)],
                         ids=["no overview", "overview", "no table", "no metadata", "no record"])
def test_damage_while_it_is_open_again(recording, finished, bundle, harm):
    opened_again(recording, bundle)
    harm(bundle)
    nsr.run("resume", bundle, ranks=2)
    nsr.run("verify", bundle)
    now = nsr.tree(bundle)
    assert all(now[name] == content for name, content in nsr.tree(finished).items() if name != "plan.json")


def test_metadata_of_the_overview_are_only_rewritten(recording, finished, bundle):
    flip(bundle / "overview.ome.zarr/0/zarr.json", 30)
    before = nsr.stamps(bundle)
    nsr.run("resume", bundle, "--check", "hash")
    assert nsr.stamps(bundle)[OVERVIEW] == before[OVERVIEW]
    nsr.assert_same(bundle, finished)


# --- another environment with the same picture ---

@pytest.mark.parametrize("change", ["units", "regions"])
def test_another_environment(tmp_path, change):
    """The same pixels: no shard is made again, but what speaks of data units is."""
    centers, arrays, about = environments.grid()
    values = np.random.default_rng(2).random((120, len(centers))).astype("f4")
    path = stacks.recording(tmp_path / "a.h5", values)
    environment = environments.save(tmp_path / "room.json", "RegularGrid", (centers, arrays, about))
    words = [*WORDS, "--environment", environment]
    stacks.render(path, tmp_path / "o.nsr", *words)
    before = nsr.stamps(tmp_path / "o.nsr")
    if change == "units":
        environment.write_text(environment.read_text().replace('"cm"', '"m"'))
    else:
        text = json.loads(environment.read_text())
        text["regions"] = [{"name": "cue", "kind": "point", "geom": [2.0, 1.0]}]
        environment.write_text(json.dumps(text))
    stacks.render(path, tmp_path / "o.nsr", *words, ranks=2)
    stacks.render(path, tmp_path / "fresh.nsr", *words)
    nsr.assert_same(tmp_path / "o.nsr", tmp_path / "fresh.nsr")
    after = nsr.stamps(tmp_path / "o.nsr")
    assert all(after[name] == stamp for name, stamp in before.items() if name.startswith(f"{stacks.STORE}/0/c."))
    assert nsr.stamps(tmp_path / "o.nsr")["napari.json"] != before["napari.json"]


# --- a further output leaves the options of others alone ---

def test_options_of_a_stack_are_remembered(recording, tmp_path):
    bundle = tmp_path / "o.nsr"
    stacks.render(recording, bundle, *WORDS, "--zarr-dtype", "f32", "--chunk-frames", 10)
    before = nsr.stamps(bundle)
    stacks.render(recording, bundle, *WORDS, *PICTURES)
    nsr.run("verify", bundle, "--against", recording)
    nsr.run("resume", bundle)
    after = nsr.stamps(bundle)
    assert all(after[name] == stamp for name, stamp in before.items() if "/c." in name)


def test_options_of_several_stacks_are_remembered(pair, tmp_path):
    words = ["--field", "a", "--field", "b", *WORDS]
    stacks.render(pair, tmp_path / "o.nsr", *words, "--zarr-codec", "zstd")
    before = nsr.stamps(tmp_path / "o.nsr")
    stacks.render(pair, tmp_path / "o.nsr", *words, *PICTURES)
    nsr.run("resume", tmp_path / "o.nsr")
    after = nsr.stamps(tmp_path / "o.nsr")
    assert all(after[name] == stamp for name, stamp in before.items() if "/c." in name)


# --- chunks that are too large ---

def test_a_chunk_of_more_than_2_gib_is_refused_at_once(recording, tmp_path):
    nsr.run("render", recording, "-o", tmp_path / "o.nsr", "--segment-frames", 1_000_000, "--chunk-frames", 1_000_000,
            "--zarr-scale", 8, code=nsr.USAGE)
    assert not (tmp_path / "o.nsr").exists()


def test_more_than_the_memory_is_said(recording, tmp_path):
    words = ["--segment-frames", 100_000, "--chunk-frames", 100_000]
    done = nsr.run("plan", recording, *words, "--memory", "32M", "--threads", 1)
    assert any("--chunk-frames" in line and "memory" in line for line in done.warnings)
    assert not nsr.run("plan", recording, *words, "--memory", "1G", "--threads", 1).warnings


# --- texts that are no UTF-8 ---

def test_a_segment_in_latin_1(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["p"] = np.random.default_rng(0).random((100, 5, 6)).astype("f4")
        file["p"].attrs["units"] = np.bytes_("µV".encode("latin-1"))
    stacks.render(tmp_path / "a.h5", tmp_path / "o.nsr", *WORDS)
    with h5py.File(tmp_path / "o.nsr/summary.h5") as file:
        assert file["max"].attrs["units"] in ("?V", b"?V")


def test_names_that_are_cut_within_a_letter(tmp_path):
    centers, arrays, about = environments.grid()
    path = stacks.recording(tmp_path / "a.h5", np.random.default_rng(2).random((120, len(centers))).astype("f4"))
    environment = environments.save(tmp_path / "room.json", "RegularGrid", (centers, arrays, about))
    text = json.loads(environment.read_text())
    text["regions"] = [{"name": "é" * 40, "kind": "point", "geom": [2.0, 1.0]}]
    text["units"] = "µ" * 40
    environment.write_text(json.dumps(text, ensure_ascii=False))
    stacks.render(path, tmp_path / "o.nsr", *WORDS, "--environment", environment)
    facts = json.loads((tmp_path / "o.nsr/napari.json").read_text())
    assert facts["regions"][0]["name"].startswith("é" * 31)


# --- several fields ---

@pytest.fixture
def pair(tmp_path):
    path = tmp_path / "two.h5"
    with h5py.File(path, "w") as file:
        for i, name in enumerate("ab"):
            file[name] = np.random.default_rng(i).random((300, 6, 9)).astype("f4")
    return path


def test_replacing_several_fields_forgets_their_outputs(pair, tmp_path):
    words = ["--field", "a", "--field", "b"]
    stacks.render(pair, tmp_path / "o.nsr", *words, *PICTURES)
    stacks.render(pair, tmp_path / "o.nsr", *words, "--replace")
    for name in "ab":
        assert not (tmp_path / "o.nsr" / name / "frames").exists()
        assert stacks.can_be_opened(tmp_path / "o.nsr" / name)


def test_shares_of_several_fields(pair, tmp_path):
    words = ["--field", "a", "--field", "b", *WORDS]
    for k in (2, 1):
        stacks.render(pair, tmp_path / "o.nsr", *words, "--share", f"{k}/2", ranks=k)
    assert not any(stacks.can_be_opened(tmp_path / "o.nsr" / name) for name in "ab")
    nsr.run("join", tmp_path / "o.nsr", ranks=3)
    stacks.render(pair, tmp_path / "fresh.nsr", *words)
    nsr.assert_same(tmp_path / "o.nsr", tmp_path / "fresh.nsr")
    stacks.render(pair, tmp_path / "o.nsr", *words, *PICTURES, ranks=2)
    stacks.render(pair, tmp_path / "fresh.nsr", *words, *PICTURES)
    nsr.assert_same(tmp_path / "o.nsr", tmp_path / "fresh.nsr")
    nsr.run("verify", tmp_path / "o.nsr", "--against", pair)


# --- signals ---

@pytest.fixture(scope="module")
def long(place):
    """A summary of a second or two."""
    nsr.run("synth", place / "long.h5", "--frames", 1_000_000, "--grid", "2x2", "--seed", 1)
    return place / "long.h5"


@pytest.mark.parametrize("ranks, number", [(0, signal.SIGTERM), (0, signal.SIGUSR1), (2, signal.SIGUSR1)])
def test_stopped_while_it_is_joined(long, tmp_path, ranks, number):
    bundle = tmp_path / "o.nsr"
    with nsr.Running("render", long, "-o", bundle, ranks=ranks) as running:
        running.wait_for(lambda: any(bundle.glob(".summary.csv.tmp-*")))
        running.signal(number)
        done = running.wait(20)
    assert done.code == nsr.STOPPED and f"resume {bundle}" in done.err, done
    assert not (bundle / "manifest.json").exists() and not (bundle / stacks.STORE / "zarr.json").exists()
    assert "0 rendered in this run" in nsr.run("resume", bundle, ranks=ranks).err
    nsr.run("verify", bundle)


@pytest.mark.parametrize("rank", [0, 1, None])
def test_killed_while_it_is_joined(long, tmp_path, rank):
    """One of two ranks, or both: no rank hangs, and what was made is only joined."""
    bundle = tmp_path / "o.nsr"
    with nsr.Running("render", long, "-o", bundle, ranks=2) as running:
        running.wait_for(lambda: any(bundle.glob(".summary.csv.tmp-*")))
        if rank is None:
            running.kill_all()
        else:
            nsr.kill(running.ranks()[rank])
        assert running.wait(20).code != nsr.OK
    assert not (bundle / "manifest.json").exists() and not (bundle / stacks.STORE / "zarr.json").exists()
    assert "0 rendered in this run" in nsr.run("resume", bundle, ranks=3 if rank is None else 0).err
    assert not list(bundle.rglob("*.tmp-*")) and not (bundle / "parts").exists()
    nsr.run("verify", bundle)


def test_stopped_while_it_is_compared(long, tmp_path):
    """A signal ends verify --against; nothing is changed."""
    nsr.run("render", long, "-o", tmp_path / "o.nsr")
    before = nsr.stamps(tmp_path / "o.nsr")
    took = nsr.run("verify", tmp_path / "o.nsr", "--against", long).seconds
    with nsr.Running("verify", tmp_path / "o.nsr", "--against", long) as running:
        while running.seconds < 0.8 * took:
            pass
        running.signal(signal.SIGTERM)
        done = running.wait(20)
    assert done.code in (nsr.STOPPED, -signal.SIGTERM, nsr.OK)
    assert nsr.stamps(tmp_path / "o.nsr") == before
