# SPDX-License-Identifier: MIT
"""What programs that call this one rely on: documents on stdout with fixed keys, progress on stderr, nothing written by
commands that only look."""
import json
import os
import re

import h5py
import numpy as np
import pytest

import nsr

COMMANDS = ("render", "resume", "status", "range", "info", "plan", "join", "verify", "synth")
RANKS = pytest.mark.parametrize("ranks", [0, 1, 3])


@pytest.fixture(scope="module")
def finished(recording, place):
    nsr.run("render", recording, "-o", place / "finished.nsr", "--format", "png,video", "--size", "160x120")
    return place / "finished.nsr"


def seen(folder):
    return {(str(p), p.stat().st_mtime_ns) for p in folder.rglob("*")}


def typed(document, types):
    """The document has these keys, of these types; null stands for a number that is not finite."""
    for key, kind in types.items():
        assert key in document, f"no '{key}' in {sorted(document)}"
        value = document[key]
        assert isinstance(value, kind) or (value is None and kind in ((int, float), dict)), f"{key}: {value!r}"


NUMBER = (int, float)


@RANKS
def test_info(recording, ranks):
    done = nsr.run("info", recording, "--json", ranks=ranks)
    info = done.json
    typed(info, {"file": str, "format": str, "fields": list, "environment": dict, "times": dict, "overlays": list})
    field, = [f for f in info["fields"] if f["path"] == "/posterior"]
    typed(field, {"path": str, "shape": list, "dtype": str, "n_frames": int, "n_bins": int, "filters": (str, list), "bytes": int})
    assert "chunks" in field
    assert (field["shape"], field["n_frames"], field["n_bins"], field["dtype"]) == ([500, 16, 12], 500, 192, "<f4")
    assert field["bytes"] == 500 * 192 * 4
    typed(info["environment"], {"layout": str, "n_bins": int, "n_active": int, "units": str})
    assert "extent" in info["environment"]
    times = info["times"]
    typed(times, {"path": str, "n": int, "first": NUMBER, "last": NUMBER, "rate": NUMBER, "regular": bool})
    assert (times["path"], times["n"], times["first"]) == ("/time", 500, 0)
    assert times["rate"] == pytest.approx(30) and times["last"] == pytest.approx(499 / 30)


def test_info_of_regular_and_irregular_times(tmp_path):
    for name, times, regular in (("even", np.arange(50) * 0.1, True), ("uneven", np.cumsum(np.arange(50) + 1.0), False)):
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            file["p"], file["time"] = np.ones((50, 3, 4), "f4"), times
        assert nsr.run("info", tmp_path / f"{name}.h5", "--json").json["times"]["regular"] is regular


@RANKS
def test_range(recording, ranks):
    done = nsr.run("range", recording, "--json", ranks=ranks)
    found = done.json
    typed(found, {"field": str, "n_frames": int, "n_bins": int, "n_values": int, "n_finite": int, "n_nan": int,
                  "n_posinf": int, "n_neginf": int, "min": NUMBER, "max": NUMBER, "percentiles": dict, "vmin": NUMBER,
                  "vmax": NUMBER, "method": str, "complete": bool, "seconds": NUMBER, "bytes_read": int})
    with h5py.File(recording) as file:
        values = file["posterior"][:]
    finite = values[np.isfinite(values)]
    assert found["field"] == "/posterior" and found["complete"] is True
    assert (found["n_frames"], found["n_bins"], found["n_values"]) == (500, 192, values.size)
    assert (found["n_finite"], found["n_nan"]) == (finite.size, int(np.isnan(values).sum()))
    assert (found["min"], found["max"]) == (finite.min(), finite.max())


def test_numbers_that_are_not_finite_are_null(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["p"] = np.full((4, 2, 2), np.nan, "f4")
    done = nsr.run("range", tmp_path / "a.h5", "--json")
    assert done.json["min"] is None and done.json["max"] is None and "nan" not in done.out.lower().replace("n_nan", "")
    assert (done.json["vmin"], done.json["vmax"]) == (0, 1)


@RANKS
def test_plan(recording, tmp_path, ranks):
    before = seen(recording.parent)
    done = nsr.run("plan", recording, "--json", "--format", "png,video", ranks=ranks, cwd=tmp_path)
    plan = done.json
    typed(plan, {"n_segments": int, "frames_per_segment": int, "memory_per_rank": int, "ranks": int, "seconds_estimate": NUMBER,
                 "segment_seconds": NUMBER, "signal_lead_seconds": int,
                 "read_amplification": NUMBER, "outputs": list})
    assert (plan["n_segments"], plan["frames_per_segment"], plan["ranks"]) == (8, 64, max(ranks, 1))
    assert plan["segment_seconds"] == pytest.approx(plan["seconds_estimate"] * plan["threads"] * plan["ranks"] / 8)
    for output in plan["outputs"]:
        typed(output, {"format": str, "files": int, "bytes_estimate": int})
    assert {o["format"]: o["files"] for o in plan["outputs"]} == {"png": 500, "video": 1}
    assert seen(recording.parent) == before and not list(tmp_path.iterdir())


def test_plan_names_the_signal_where_segments_are_long(recording):
    words = ("plan", recording, "--format", "video", "--size", "2000x2000", "--segment-frames", 256)
    lead = nsr.run(*words, "--json").json["signal_lead_seconds"]
    assert lead > 120 and f"--signal=B:USR1@{lead}\n" in nsr.run(*words).out
    assert "--signal" not in nsr.run("plan", recording).out


@RANKS
def test_verify(finished, ranks):
    before = seen(finished)
    document = nsr.run("verify", finished, "--json", ranks=ranks).json
    typed(document, {"ok": bool, "checked": dict, "problems": list})
    typed(document["checked"], {"segments": int, "files": int, "bytes": int})
    assert document["ok"] is True and document["problems"] == []
    assert document["checked"]["segments"] == 16 and document["checked"]["files"] >= 501
    size = sum(f.stat().st_size for f in finished.rglob("*") if f.is_file() and f.suffix != ".json")
    assert document["checked"]["bytes"] == size
    os.rename(nsr.frame_png(finished, 3), finished / "away")
    try:
        document = nsr.run("verify", finished, "--json", ranks=ranks, code=nsr.DATA).json
    finally:
        os.rename(finished / "away", finished / "frames" / "000000" / "frame_0000003.png")
    assert document["ok"] is False
    for problem in document["problems"]:
        typed(problem, {"path": str, "what": str})
        assert "segment" in problem
    assert {name for name, _ in seen(finished)} == {name for name, _ in before}


@RANKS
def test_status(finished, recording, tmp_path, ranks):
    before = seen(finished)
    document = nsr.run("status", finished, "--json", ranks=ranks).json
    assert document["finished"] is True and document["n_segments"] == document["done"] == 8
    assert seen(finished) == before
    bundle = tmp_path / "o.nsr"
    nsr.run("render", recording, "-o", bundle, "--format", "hash", "--share", "1/2")
    document = nsr.run("status", bundle, "--json", ranks=ranks).json
    assert (document["finished"], document["done"], document["missing"], document["failed"]) == (False, 4, 4, 0)


@RANKS
def test_render_document(recording, tmp_path, ranks):
    """One document, whatever the number of ranks, and nothing else on stdout."""
    done = nsr.run("render", recording, "-o", tmp_path / "o.nsr", "--format", "hash", "--json", ranks=ranks)
    document = done.json
    typed(document, {"bytes_read": int, "vmin": NUMBER, "vmax": NUMBER, "clipped": dict})
    assert document["bytes_read"] >= 500 * 192 * 4
    assert json.loads(done.out) == document


def test_stdout_is_for_data(recording, tmp_path):
    assert nsr.run("render", recording, "-o", tmp_path / "o.nsr", "--format", "hash").out == ""
    assert nsr.run("resume", tmp_path / "o.nsr").out == ""
    assert nsr.run("synth", tmp_path / "a.h5", "--frames", 100, "--grid", "4x4").out == ""


def progress(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@RANKS
def test_progress_json(recording, tmp_path, ranks):
    words = ("render", recording, "-o", tmp_path / "o.nsr", "--format", "png,video", "--progress", "json", "--size",
             "320x240", "--preset", "fast")
    lines = progress(nsr.run(*words, ranks=ranks).err)
    for line in lines:
        typed(line, {"stage": str, "done": int, "total": int, "seconds": NUMBER})
        assert 0 <= line["done"] <= line["total"]
    assert {"range", "render"} <= {line["stage"] for line in lines}
    for stage in {line["stage"] for line in lines}:
        mine = [line for line in lines if line["stage"] == stage]
        assert [m["done"] for m in mine] == sorted(m["done"] for m in mine)
        assert mine[-1]["last"] and mine[-1]["done"] == mine[-1]["total"]


def test_progress_counts_what_was_done_before(recording, tmp_path):
    bundle = tmp_path / "o.nsr"
    nsr.run("render", recording, "-o", bundle, "--format", "hash", "--share", "1/2")
    lines = [p for p in progress(nsr.run("resume", bundle, "--progress", "json").err) if p["stage"] == "render"]
    assert lines[-1]["done"] == lines[-1]["total"] == 500 and all(line["done"] >= 256 for line in lines)


@pytest.mark.parametrize("form", ["bar", "line", "none"])
def test_other_forms_of_progress(recording, tmp_path, form):
    done = nsr.run("render", recording, "-o", tmp_path / "o.nsr", "--format", "png,video", "--size", "480x360",
                   "--preset", "fast", "--progress", form)
    assert not progress(done.err)
    assert bool(re.search(r"\[[#.]+\] +[0-9.]+ %", done.err)) == (form == "bar")


def test_quiet_says_nothing(recording, tmp_path):
    assert nsr.run("render", recording, "-o", tmp_path / "o.nsr", "--format", "png", "--quiet").err == ""


def test_the_log_says_choices_and_a_summary(recording, tmp_path):
    text = nsr.run("render", recording, "-o", tmp_path / "o.nsr", "--format", "png,video").err
    for pattern in (r"reading: direct \(", r"orientation: ", r"video: ", r"range: .*\.\.", r"500 frames in 8 segments", r"render \d",
                    r"read .*B \([12]\.00 x", r"wrote "):
        assert re.search(pattern, text), f"no '{pattern}' in\n{text}"


def test_manifest(finished, recording):
    found = nsr.manifest(finished)
    typed(found, {"version": str, "input": dict, "outputs": list, "geometry": dict, "clipped": dict, "run": dict, "range": dict})
    assert np.shape(found["geometry"]["affine"]) == (2, 3)
    assert found["input"]["path"] == str(recording)
    for output in found["outputs"]:
        assert [set(segment) >= {"path", "offset", "bytes", "hash"} for segment in output["segments"]] == [True] * 8
        assert all(re.fullmatch("[0-9a-f]{32}", segment["hash"]) for segment in output["segments"])
    assert sum(u["frames"] for u in nsr.output(finished, "png")["segments"]) == 500


@pytest.mark.parametrize("command", COMMANDS)
def test_help_needs_no_launch_and_works_with_one(command):
    alone = nsr.run(command, "--help")
    assert alone.out.startswith("Usage:") and alone.err == "" and alone.seconds < 2
    if command in ("render", "synth"):
        assert nsr.run(command, "--help", ranks=3).out == alone.out


@pytest.mark.parametrize("words", [("plan",), ("range",), ("info",)])
def test_commands_that_look_leave_nothing(recording, tmp_path, words):
    before = seen(recording.parent)
    nsr.run(*words, recording, ranks=2, cwd=tmp_path)
    assert not list(tmp_path.iterdir()) and seen(recording.parent) == before


def test_range_stores_for_shares(recording, finished, tmp_path):
    """range -o writes the plan; a render there looks for no range again."""
    bundle = tmp_path / "o.nsr"
    nsr.run("range", recording, "-o", bundle)
    assert (bundle / "plan.json").exists()
    done = nsr.run("render", recording, "-o", bundle, "--format", "png,video", "--size", "160x120", "--progress", "json", ranks=2)
    assert "range" not in {line["stage"] for line in progress(done.err)}
    assert nsr.manifest(bundle)["range"] == nsr.manifest(finished)["range"]
    nsr.assert_same(bundle, finished)


def test_copies_that_do_not_know_each_other(recording, tmp_path):
    """srun without an MPI plugin."""
    env = {"SLURM_STEP_NUM_TASKS": 4}
    nsr.fails(nsr.USAGE, "render", recording, "-o", tmp_path / "o.nsr", env=env, says=["4 separate copies", "--mpi=pmix"])
    nsr.run("render", recording, "-o", tmp_path / "o.nsr", "--format", "hash", "--share", "1/4", env=env)


def test_threads_beyond_the_mask_are_told(recording, tmp_path):
    n = len(os.sched_getaffinity(0)) + 3
    done = nsr.run("render", recording, "-o", tmp_path / "o.nsr", "--format", "hash", "--threads", n)
    assert any("--bind-to none" in warning for warning in done.warnings)


@pytest.mark.parametrize("words", [("--dtype", "f8", "--order", "big"), ("--storage", "gzip", "--chunk-frames", 32), ("--flat",),
                                   ("--nan-share", 0.2, "--seed", 5)])
def test_synth(tmp_path, words):
    """The same file for any ranks; other seeds give other values."""
    options = ("--frames", 300, "--grid", "14x11", *words)
    for ranks in (0, 2, 3):
        nsr.run("synth", tmp_path / f"{ranks}.h5", *options, ranks=ranks)
    files = [(tmp_path / f"{ranks}.h5").read_bytes() for ranks in (0, 2, 3)]
    assert files[0] == files[1] == files[2]
    nsr.run("synth", tmp_path / "other.h5", *options, "--seed", 77)
    with h5py.File(tmp_path / "0.h5") as one, h5py.File(tmp_path / "other.h5") as other:
        data = one["posterior"]
        assert data.shape == ((300, 154) if "--flat" in words else (300, 14, 11))
        assert data.dtype == np.dtype(">f8" if "f8" in words else "<f4")
        assert (data.chunks is not None and data.compression == "gzip" and data.shuffle) == ("gzip" in words)
        assert one["time"].shape == (300,) and one["position"].shape == (300, 2)
        assert not np.array_equal(data[:], other["posterior"][:], equal_nan=True)
        sums = np.nansum(data[:].reshape(300, -1).astype("f8"), axis=1)
        assert np.all((np.abs(sums - 1) < 1e-3) | (sums == 0))  # a posterior, or a gap
        if "--nan-share" in words:
            gaps = np.isnan(data[:]).reshape(300, -1).all(1).mean()
            assert 0.05 < gaps < 0.5
    nsr.fails(nsr.CREATE, "synth", tmp_path / "0.h5", *options, says="0.h5")
