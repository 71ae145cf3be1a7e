# SPDX-License-Identifier: MIT
"""What happens to a bundle that stands already: more outputs, another style, damage, another plan, another run,
shares."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import h5py
import numpy as np
import pytest

import nsr

STYLE = ("--size", "160x120", "--segment-frames", 64)
BOTH = ("--format", "png,video", *STYLE)


@pytest.fixture(scope="module")
def finished(recording, place):
    """A finished bundle, never changed: tests take copies."""
    nsr.run("render", recording, "-o", place / "finished.nsr", *BOTH)
    return place / "finished.nsr"


def render(recording, bundle, *words, ranks=0, **how):
    return nsr.run("render", recording, "-o", bundle, *words, ranks=ranks, **how)


def of(tree, *starts):
    return {name: what for name, what in tree.items() if name.startswith(starts)}


def flip(path, at):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 0x55]))


# --- nothing to do ---

@pytest.mark.parametrize("ranks", [0, 3])
def test_a_finished_bundle_is_left_alone(recording, finished, bundle, ranks):
    before, tree = nsr.stamps(bundle), nsr.tree(bundle, leave_out=())
    for words in (("render", recording, "-o", bundle, *BOTH), ("resume", bundle), ("join", bundle)):
        nsr.run(*words, ranks=ranks)
        assert nsr.stamps(bundle) == before and nsr.tree(bundle, leave_out=()) == tree


def test_a_finished_bundle_holds_nothing_but_outputs(finished):
    assert {p.name for p in finished.iterdir()} == {"plan.json", "manifest.json", "frames", "video.mp4"}
    assert {p.name for p in (finished / "frames").iterdir()} == {f"{u:06d}" for u in range(8)}


def test_files_have_the_umask_of_the_user(recording, tmp_path):
    old = os.umask(0o027)
    try:
        render(recording, tmp_path / "o.nsr", *BOTH)
    finally:
        os.umask(old)
    modes = {(p.is_dir(), p.stat().st_mode & 0o777) for p in (tmp_path / "o.nsr").rglob("*")}
    assert modes == {(True, 0o750), (False, 0o640)}


def test_plan_json_has_no_host_time_or_path(recording, finished):
    text = (finished / "plan.json").read_text()
    for word in (socket.gethostname(), str(recording.parent), recording.name, time.strftime("%Y-")):
        assert word not in text


# --- more outputs, another style ---

@pytest.mark.parametrize("ranks", [0, 2])
def test_a_further_output_leaves_the_others_untouched(recording, place, tmp_path, ranks):
    bundle = tmp_path / "o.nsr"
    render(recording, bundle, "--format", "video", *STYLE)
    before, tree = nsr.stamps(bundle), nsr.tree(bundle)
    render(recording, bundle, "--format", "png", *STYLE, ranks=ranks)
    after = nsr.stamps(bundle)
    assert after["video.mp4"] == before["video.mp4"] and nsr.tree(bundle)["video.mp4"] == tree["video.mp4"]
    assert {o["format"] for o in nsr.manifest(bundle)["outputs"]} == {"png", "video"}
    nsr.assert_same(bundle, place / "finished.nsr")
    render(recording, bundle, "--format", "hash", *STYLE, ranks=ranks)
    assert of(nsr.stamps(bundle), "frames/", "video.mp4") == of(after, "frames/", "video.mp4")
    assert (bundle / "hashes.txt").exists()
    nsr.run("verify", bundle)


@pytest.mark.parametrize("words, redone, kept", [
    (("--cmap", "hot"), ("frames/", "video.mp4", "hashes.txt"), ()),
    (("--vmin", "0.01"), ("frames/", "video.mp4", "hashes.txt"), ()),
    (("--crf", "30"), ("video.mp4",), ("frames/", "hashes.txt")),
    (("--fps", "15"), ("video.mp4",), ("frames/", "hashes.txt")),
    (("--resample", "max", "--speed", "2"), ("video.mp4",), ("frames/", "hashes.txt")),
    (("--threads", "2", "--memory", "64M", "--progress", "none", "--io", "hdf5"), (), ("frames/", "video.mp4", "hashes.txt")),
])
def test_a_changed_style_redoes_only_what_it_touches(recording, tmp_path, words, redone, kept):
    bundle = tmp_path / "o.nsr"
    every = ("--format", "png,video,hash", *STYLE)
    render(recording, bundle, *every)
    before, tree = nsr.stamps(bundle), nsr.tree(bundle)
    render(recording, bundle, *every, *words, ranks=2)
    after = nsr.stamps(bundle)
    for name in before:
        if name.startswith(kept) if kept else False:
            assert after[name] == before[name], f"{name} was made again"
        if name.startswith(redone) if redone else False:
            assert after[name] != before[name], f"{name} was not made again"
    if redone == ("video.mp4",):
        assert nsr.tree(bundle)["video.mp4"] != tree["video.mp4"]
    render(recording, tmp_path / "fresh.nsr", *every, *words)
    nsr.assert_same(bundle, tmp_path / "fresh.nsr")


def test_resume_and_status_need_no_options(recording, tmp_path):
    """All options that decide bytes are remembered, also the unusual ones."""
    unusual = ("--format", "png,video", "--size", "200x160", "--cmap", "magma_r", "--vmin", "0.001", "--vmax", "0.2",
               "--nodata-color", "red", "--background", "#123456", "--frames", "10:430:2", "--fps", 12, "--speed", 1.5,
               "--resample", "max", "--crf", 25, "--preset", "veryfast", "--segment-frames", 32, "--origin", "lower")
    render(recording, tmp_path / "reference.nsr", *unusual)
    bundle = tmp_path / "o.nsr"
    with nsr.Running("render", recording, "-o", bundle, *unusual) as running:
        running.wait_for(lambda: len(nsr.records(bundle)) >= 1)
        running.kill_all()
        running.wait()
    text = nsr.run("status", bundle).out
    assert f"resume {bundle}" in text
    nsr.run("resume", bundle, ranks=2)
    nsr.assert_same(bundle, tmp_path / "reference.nsr")
    assert "finished" in nsr.run("status", bundle).out


def test_resume_of_more_files_than_the_default_allows(tmp_path):
    """--max-files was given once; `resume` must not demand it again."""
    path = tmp_path / "many.h5"
    with h5py.File(path, "w") as file:
        file["p"] = np.random.default_rng(1).random((20100, 1, 2), dtype="f4")
    words = ("render", path, "-o", tmp_path / "o.nsr", "--format", "png", "--size", "4x2")
    nsr.fails(nsr.USAGE, *words, says=["20,100 files", "--max-files"])
    assert not (tmp_path / "o.nsr").exists()
    with nsr.Running(*words, "--max-files", 30000) as running:
        running.wait_for(lambda: len(nsr.records(tmp_path / "o.nsr")) >= 2)
        running.signal(signal.SIGTERM)
        running.wait()
    nsr.run("resume", tmp_path / "o.nsr")
    assert len(list((tmp_path / "o.nsr" / "frames").rglob("*.png"))) == 20100


# --- damage ---

def lose_a_png(bundle):
    os.remove(nsr.frame_png(bundle, 200))


def lose_a_directory(bundle):
    shutil.rmtree(bundle / "frames" / "000003")


def lose_the_video(bundle):
    os.remove(bundle / "video.mp4")


def cut_the_video(bundle):
    os.truncate(bundle / "video.mp4", os.path.getsize(bundle / "video.mp4") * 2 // 3)


@pytest.mark.parametrize("ranks", [0, 2])
@pytest.mark.parametrize("damage, segments, touched", [
    (lose_a_png, {3}, "frames/000003"), (lose_a_directory, {3}, "frames/000003"), (lose_the_video, set(range(8)), "video.mp4"),
    (cut_the_video, None, "video.mp4")])
def test_missing_parts_are_made_again(finished, bundle, damage, segments, touched, ranks):
    before = nsr.stamps(bundle)
    damage(bundle)
    found = nsr.run("verify", bundle, "--json", ranks=ranks, code=nsr.DATA)
    assert not found.json["ok"]
    told = {p["segment"] for p in found.json["problems"]} - {None}
    assert told == segments if segments else told
    nsr.run("resume", bundle, ranks=ranks)
    nsr.assert_same(bundle, finished)
    after = nsr.stamps(bundle)
    assert all(after[name] == before[name] for name in before if name.startswith("frames/") and not name.startswith(touched))
    nsr.run("verify", bundle, ranks=ranks)


@pytest.mark.parametrize("ranks", [0, 3])
@pytest.mark.parametrize("segment", [0, 5, 7])
def test_a_flipped_byte_in_the_video(finished, bundle, segment, ranks):
    """`verify` names the segment inside the joined file; --check hash redoes that segment and no other."""
    part = nsr.output(bundle, "video")["segments"][segment]
    assert part["path"] == "video.mp4"
    flip(bundle / "video.mp4", part["offset"] + part["bytes"] // 2)
    found = nsr.run("verify", bundle, "--json", ranks=ranks, code=nsr.DATA).json
    assert [(p["path"], p["segment"]) for p in found["problems"]] == [("video.mp4", segment)]
    assert found["checked"]["segments"] == 16 and found["checked"]["bytes"] > 0
    text = nsr.run("verify", bundle, code=nsr.DATA)
    assert f"resume {bundle} --check hash" in text.out + text.err
    frames = of(nsr.stamps(bundle), "frames/")
    done = nsr.run("resume", bundle, "--check", "hash", ranks=ranks)
    assert re.search(r"\b1 rendered in this run", done.err), done.err
    nsr.assert_same(bundle, finished)
    assert of(nsr.stamps(bundle), "frames/") == frames
    assert nsr.run("verify", bundle, "--json").json["ok"]


@pytest.mark.parametrize("at", [4, 40, 200])
def test_a_flipped_byte_in_the_head_of_the_video(finished, bundle, at):
    flip(bundle / "video.mp4", at)
    found = nsr.run("verify", bundle, "--json", code=nsr.DATA).json
    assert [p["path"] for p in found["problems"]] == ["video.mp4"]
    nsr.run("resume", bundle, "--check", "hash")
    nsr.assert_same(bundle, finished)


def test_a_flipped_byte_in_a_png(finished, bundle):
    png = nsr.frame_png(bundle, 300)
    flip(png, png.stat().st_size // 2)
    nsr.run("resume", bundle)  # sizes are right, so that is not found ...
    assert nsr.tree(bundle) != nsr.tree(finished)
    found = nsr.run("verify", bundle, "--json", code=nsr.DATA).json
    assert [(p["path"], p["segment"]) for p in found["problems"]] == [("frames/000004", 4)]
    video = nsr.stamps(bundle)["video.mp4"]
    done = nsr.run("resume", bundle, "--check", "hash")  # ... unless contents are asked for
    assert re.search(r"\b1 rendered in this run", done.err)
    nsr.assert_same(bundle, finished)
    assert nsr.stamps(bundle)["video.mp4"] == video


def test_a_foreign_file_in_a_segment_is_damage(finished, bundle):
    (bundle / "frames" / "000002" / "thumbs.db").write_text("")
    nsr.run("verify", bundle, code=nsr.DATA)
    nsr.run("resume", bundle)
    nsr.assert_same(bundle, finished)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"segment": 2}', '{"outputs": {"png": 3, "video": {"path": "/etc/passwd"}}}'])
def test_damaged_records(recording, finished, tmp_path, text):
    """A record that is gone or unreadable makes its segment undone; it never makes the program crash or look
    elsewhere."""
    bundle = tmp_path / "o.nsr"
    with nsr.Running("render", recording, "-o", bundle, *BOTH, "--threads", 1) as running:
        running.wait_for(lambda: len(nsr.records(bundle)) >= 4)
        running.kill_all()
        running.wait()
    segments = nsr.records(bundle)
    nsr.drop_record(bundle, segments[0])
    journal = next((bundle / "segments").glob("*.jnl"))
    journal.write_text(f"{text}\n" + journal.read_text())
    nsr.run("status", bundle)
    nsr.run("resume", bundle, ranks=2)
    nsr.assert_same(bundle, finished)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"nsrender": 1, "outputs": [{"format": "png", "segments": 7}]}'])
@pytest.mark.parametrize("name", ["manifest.json", "plan.json"])
def test_a_damaged_manifest_or_plan(recording, finished, bundle, name, text):
    (bundle / name).write_text(text)
    for words in (("status", bundle), ("verify", bundle), ("resume", bundle), ("render", recording, "-o", bundle, *BOTH)):
        done = nsr.run(*words, code=None)
        assert done.code in (nsr.OK, nsr.DATA, nsr.NO_INPUT, nsr.MISMATCH), done
        assert done.code == nsr.OK or len(done.errors) == 1
    nsr.run("render", recording, "-o", bundle, *BOTH, "--replace")
    nsr.assert_same(bundle, finished)


def test_verify_against_the_input(recording, finished, tmp_path):
    assert nsr.run("verify", finished, "--against", recording, "--json", ranks=2).json["ok"]
    other = shutil.copy(recording, tmp_path / "other.h5")
    with h5py.File(other, "r+") as file:
        file["posterior"][250] *= 2
    found = nsr.run("verify", finished, "--against", other, "--json", code=nsr.DATA).json
    assert not found["ok"] and "other.h5" in found["problems"][0]["path"]


def test_verify_changes_nothing(bundle):
    flip(bundle / "video.mp4", 1000)
    before = nsr.stamps(bundle)
    nsr.run("verify", bundle, code=nsr.DATA)
    assert nsr.stamps(bundle) == before


# --- another plan, another input ---

@pytest.mark.parametrize("words, says", [
    (("--frames", "0:400"), "--frames"), (("--frames", "::2"), "--frames"), (("--time", "0:3"), "--time"),
    (("--segment-frames", "128"), "--segment-frames"), (("--field", "position", "--grid", "1x2"), "--field"),
    (("--sampling-rate", "50"), "--sampling-rate")])
@pytest.mark.parametrize("ranks", [0, 2])
def test_a_changed_plan_is_refused_and_named(recording, finished, bundle, words, says, ranks):
    before = nsr.stamps(bundle)
    style = STYLE[:2] if says == "--segment-frames" else STYLE
    done = nsr.fails(nsr.MISMATCH, "render", recording, "-o", bundle, "--format", "png,video", *style, *words, ranks=ranks,
                     says=[says, "--replace"])
    assert bundle.name in done.errors[0]
    assert nsr.stamps(bundle) == before


def test_changed_values_are_refused(recording, finished, bundle, tmp_path):
    other = shutil.copy(recording, tmp_path / "other.h5")
    with h5py.File(other, "r+") as file:
        file["posterior"][0, 8, 6] += 1
    nsr.fails(nsr.MISMATCH, "render", other, "-o", bundle, *BOTH, says=["input", "--replace"])
    for name, change in (("longer.h5", lambda v: np.concatenate([v, v[:1]])), ("type.h5", lambda v: v.astype("f8"))):
        with h5py.File(recording) as source, h5py.File(tmp_path / name, "w") as file:
            file["posterior"], file["time"] = change(source["posterior"][:]), source["time"][:]
        nsr.fails(nsr.MISMATCH, "render", tmp_path / name, "-o", bundle, *BOTH, says="input")
    nsr.assert_same(bundle, finished)


def test_changed_times_are_refused(recording, bundle, tmp_path):
    other = shutil.copy(recording, tmp_path / "other.h5")
    with h5py.File(other, "r+") as file:
        file["time"][77] += 0.001
    nsr.fails(nsr.MISMATCH, "render", other, "-o", bundle, *BOTH, says="times")


def test_a_moved_input_is_told_not_refused(recording, finished, tmp_path):
    """Path, modification time and storage are not the input's identity."""
    first = shutil.copy(recording, tmp_path / "first.h5")
    bundle = tmp_path / "o.nsr"
    with nsr.Running("render", first, "-o", bundle, *BOTH) as running:
        running.wait_for(lambda: len(nsr.records(bundle)) >= 2)
        running.kill_all()
        running.wait()
    moved = tmp_path / "moved.h5"
    with h5py.File(first) as source, h5py.File(moved, "w") as file:
        file.create_dataset("posterior", data=source["posterior"][:], chunks=(50, 16, 12), compression="gzip")
        file["time"] = source["time"][:]
    os.remove(first)
    done = nsr.fails(nsr.NO_INPUT, "resume", bundle, says="first.h5")
    assert "no such file" in done.errors[0].lower() or "does not exist" in done.errors[0].lower()
    done = render(moved, bundle, *BOTH)
    assert re.search(r"moved|another path|other path|now at|was .*first\.h5", done.err), f"not told: {done.err}"
    nsr.assert_same(bundle, finished)


def test_an_input_that_changes_under_the_run(tmp_path):
    path = tmp_path / "a.h5"
    nsr.run("synth", path, "--frames", 2000, "--grid", "40x30")
    bundle = tmp_path / "o.nsr"
    with nsr.Running("render", path, "-o", bundle, "--format", "png,video", "--preset", "medium") as running:
        running.wait_for(lambda: len(nsr.records(bundle)) >= 1)
        with open(path, "r+b") as file:
            file.seek(-8, 2)
            file.write(b"\0" * 8)
        done = running.wait()
    assert done.code == nsr.DATA and len(done.errors) == 1, done
    assert "changed" in done.errors[0] and "a.h5" in done.errors[0]
    assert not (bundle / "manifest.json").exists()


def test_replace_keeps_the_old_bundle(recording, finished, bundle):
    old = nsr.tree(bundle, leave_out=())
    render(recording, bundle, "--format", "hash", "--frames", "0:100", "--replace", ranks=2)
    assert nsr.tree(bundle.with_name("o.nsr.old"), leave_out=()) == old
    assert nsr.manifest(bundle)["selection"]["n"] == 100
    render(recording, bundle, *BOTH, "--replace")
    nsr.assert_same(bundle, finished)
    assert nsr.manifest(bundle.with_name("o.nsr.old"))["selection"]["n"] == 100


# --- somebody else ---

def slow(recording, bundle):
    return ("render", recording, "-o", bundle, "--format", "video", "--size", "1600x1200", "--preset", "veryslow",
            "--segment-frames", 64, "--threads", 1)


def test_another_run_at_work(recording, tmp_path):
    """The second one waits about ten seconds, names the other run, and ends; the first one does not notice."""
    bundle = tmp_path / "o.nsr"
    with nsr.Running(*slow(recording, bundle)) as first:
        first.wait_for(lambda: (bundle / "plan.json").exists())
        status = nsr.run("status", bundle)
        assert str(first.process.pid) in status.out and socket.gethostname() in status.out
        assert "resume" not in status.out
        first.signal(signal.SIGSTOP)  # however fast the machine is, it does not end before it was looked for
        done = nsr.fails(nsr.MISMATCH, *slow(recording, bundle), ranks=2, timeout=40,
                         says=["another run", str(first.process.pid), socket.gethostname()])
        assert 9 < done.seconds < 20
        assert first.process.poll() is None, "the first run ended too early for this test"
        lock = json.loads((bundle / "locks" / "run").read_text())
        assert lock["pid"] == first.process.pid and lock["host"] == socket.gethostname()


def test_the_second_of_two_goes_on_when_the_first_ends_soon(recording, finished, tmp_path):
    bundle = tmp_path / "o.nsr"
    words = ("render", recording, "-o", bundle, *BOTH, "--preset", "medium")
    with nsr.Running(*words, "--threads", 1) as first, nsr.Running(*words) as second:
        a, b = first.wait(), second.wait()
    assert (a.code, b.code) == (0, 0), (a, b)
    nsr.run("verify", bundle)


def test_a_dead_runs_lock_is_taken_over_at_once(recording, finished, tmp_path):
    bundle = tmp_path / "o.nsr"
    with nsr.Running("render", recording, "-o", bundle, *BOTH) as running:
        running.wait_for(lambda: len(nsr.records(bundle)) >= 1)
        running.kill_all()
        running.wait()
    assert (bundle / "locks" / "run").exists()
    assert "ended without releasing it" in nsr.run("status", bundle).out
    done = nsr.run("resume", bundle)
    assert done.seconds < 5 and "taking over" in done.err
    nsr.assert_same(bundle, finished)


def holder(bundle, **changes):
    """Puts a lock there, as a run with these properties would leave it."""
    (bundle / "locks").mkdir(exist_ok=True)
    lock = {"host": socket.gethostname(), "boot": pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
            "space": os.readlink("/proc/self/ns/pid"), "pid": os.getpid(), "start": 0, "job": "", "step": "", "restart": 0,
            "run": "00000000", "beats": 7, **changes}
    if "host" in changes:
        lock["boot"] = lock["space"] = "another"
    (bundle / "locks" / "run").write_text(json.dumps(lock).ljust(767) + "\n")


def test_a_recycled_process_number_is_no_live_lock(recording, finished, bundle):
    """The process lives, but it began at another time than the lock states."""
    holder(bundle, start=1)
    assert nsr.run("resume", bundle).seconds < 5


def test_a_restarted_slurm_job_takes_over_at_once(recording, finished, bundle):
    holder(bundle, host="another-node", job="4711")
    assert nsr.run("resume", bundle, env={"SLURM_JOB_ID": "4711", "SLURM_RESTART_COUNT": "1"}).seconds < 5


@pytest.mark.parametrize("text", ["", "not json", *(["{}", "[1, 2]", '{"pid": -1}'] if nsr.LONG else [])])
def test_a_damaged_lock(finished, bundle, text):
    """Text that is no JSON names no holder after ten seconds; a holder whose heartbeat stands still has a minute."""
    (bundle / "locks").mkdir()
    (bundle / "locks" / "run").write_text(text)
    assert nsr.run("resume", bundle, timeout=100).seconds < (75 if "{" in text or "[" in text else 15)
    nsr.assert_same(bundle, finished)


def test_take_over(finished, bundle):
    holder(bundle, host="another-node", job="1")
    assert nsr.run("resume", bundle, "--take-over").seconds < 5


@pytest.mark.skipif(not nsr.LONG, reason="waits for a minute; NSR_LONG=1")
def test_a_foreign_lock_that_stands_still(finished, bundle):
    holder(bundle, host="another-node")
    done = nsr.run("resume", bundle, timeout=120)
    assert 58 < done.seconds < 75


def test_a_foreign_lock_that_moves(finished, bundle):
    """Its counter rises: somebody is at work on another host."""
    beat = ("import json, sys, time\nfor i in range(200):\n    time.sleep(0.5)\n    lock = json.load(open(sys.argv[1]))\n"
            "    lock['beats'] += 1\n    open(sys.argv[1], 'r+').write(json.dumps(lock).ljust(511))\n")
    holder(bundle, host="another-node")
    with subprocess.Popen(["python3", "-c", beat, bundle / "locks" / "run"]) as beating:
        try:
            done = nsr.fails(nsr.MISMATCH, "resume", bundle, timeout=40, says=["another run", "another-node"])
        finally:
            beating.kill()
    assert 9 < done.seconds < 30


@pytest.fixture
def open_place():
    """A folder that other users can look into."""
    with tempfile.TemporaryDirectory(prefix="nsr-open-") as folder:
        os.chmod(folder, 0o755)
        yield pathlib.Path(folder)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root and setpriv to be two users")
def test_a_bundle_of_somebody_else(recording, open_place):
    """Not writable for us: what and why, and nothing is lost. Readable: `status` works."""
    bundle, source = open_place / "o.nsr", shutil.copy(recording, open_place / "made-up.h5")
    with nsr.Running("render", source, "-o", bundle, *BOTH) as running:
        running.wait_for(lambda: len(nsr.records(bundle)) >= 2)
        running.kill_all()
        running.wait()
    program = shutil.copy(nsr.BIN, open_place / "program")
    before = nsr.stamps(bundle)
    for words, codes in ((("status", bundle), {nsr.OK}), (("resume", bundle), {nsr.CREATE, nsr.IO})):
        done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, *map(str, words)],
                              capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode in codes, done
    assert "ermission denied" in done.stderr and str(bundle) in done.stderr
    assert nsr.stamps(bundle) == before


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root and setpriv to be two users")
def test_a_group_member_goes_on(recording, finished, open_place):
    """With the group's rights on the bundle, another user finishes it."""
    bundle, source = open_place / "o.nsr", shutil.copy(recording, open_place / "made-up.h5")
    old = os.umask(0o002)
    try:
        with nsr.Running("render", source, "-o", bundle, *BOTH) as running:
            running.wait_for(lambda: len(nsr.records(bundle)) >= 2)
            running.kill_all()
            running.wait()
    finally:
        os.umask(old)
    for path in [bundle, *bundle.rglob("*")]:
        os.chown(path, 0, 65534)
    program = shutil.copy(nsr.BIN, open_place / "program")
    done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "resume", str(bundle)],
                          capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done
    nsr.assert_same(bundle, finished)


# --- shares ---

@pytest.mark.parametrize("n", [1, 3])
def test_shares_and_join(recording, finished, tmp_path, n):
    bundle = tmp_path / "o.nsr"
    shares = [nsr.Running("render", recording, "-o", bundle, *BOTH, "--share", f"{k}/{n}", ranks=2 if k == 2 else 0)
              for k in range(1, n + 1)]
    for share in shares:
        with share:
            done = share.wait()
            assert done.code == 0, done
    assert not (bundle / "manifest.json").exists()
    assert nsr.run("status", bundle, "--json").json["done"] == 8
    nsr.run("join", bundle, ranks=2)
    nsr.assert_same(bundle, finished)
    nsr.run("verify", bundle)


def test_join_names_what_is_missing(recording, finished, tmp_path):
    bundle = tmp_path / "o.nsr"
    nsr.run("range", recording, "-o", bundle, *STYLE[2:])
    nsr.run("render", recording, "-o", bundle, *BOTH, "--share", "2/4")
    assert nsr.records(bundle) == [2, 3]
    nsr.fails(nsr.STOPPED, "join", bundle, says=["6 of 8 segments", "missing"])
    for k in (4, 1, 3):
        nsr.run("render", recording, "-o", bundle, *BOTH, "--share", f"{k}/4")
    nsr.run("join", bundle)
    nsr.assert_same(bundle, finished)


def test_on_error_fill_is_remembered(tmp_path):
    """What was asked for once holds for `resume` and `join`."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("p", data=np.random.default_rng(2).random((256, 4, 4), dtype="f4"), chunks=(16, 4, 4),
                                   compression="gzip")
        where = data.id.get_chunk_info(5)
    with open(path, "r+b") as file:
        file.seek(where.byte_offset)
        file.write(b"\xff" * where.size)
    bundle = tmp_path / "o.nsr"
    for k in (1, 2):
        nsr.run("render", path, "-o", bundle, *BOTH, "--on-error", "fill", "--share", f"{k}/2")
    nsr.run("join", bundle)
    assert nsr.manifest(bundle)["bad_frames"] == 16
    nsr.run("render", path, "-o", tmp_path / "whole.nsr", *BOTH, "--on-error", "fill")
    nsr.assert_same(bundle, tmp_path / "whole.nsr")


def test_a_killed_share_goes_on(recording, finished, tmp_path):
    bundle = tmp_path / "o.nsr"
    words = ("render", recording, "-o", bundle, *BOTH, "--share")
    with nsr.Running(*words, "1/2") as running:
        running.wait_for(lambda: len(nsr.records(bundle)) >= 1)
        running.kill_all()
        running.wait()
    for k in ("2/2", "1/2"):
        assert nsr.run(*words, k).seconds < 8
    nsr.run("join", bundle)
    nsr.assert_same(bundle, finished)


def test_run_and_shares_exclude_each_other(recording, tmp_path):
    bundle = tmp_path / "o.nsr"
    with nsr.Running(*slow(recording, bundle), "--share", "1/2") as share:
        share.wait_for(lambda: (bundle / "plan.json").exists())
        share.signal(signal.SIGSTOP)  # however fast the machine is, it does not end before it was looked for
        assert "share-1-of-2" in nsr.run("status", bundle).out
        nsr.fails(nsr.MISMATCH, *slow(recording, bundle), timeout=40, says="another run")
        nsr.fails(nsr.MISMATCH, *slow(recording, bundle), "--share", "1/2", timeout=40, says="another run")
        assert share.process.poll() is None
