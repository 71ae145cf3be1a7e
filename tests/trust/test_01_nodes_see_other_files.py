# SPDX-License-Identifier: MIT
"""Nodes may see different versions of a file. The root reads, and all ranks use what it has read: here all other ranks
are given another file in its place."""
import json
import shutil

import numpy as np
import pytest

import nsr
import shim

PICTURES = ("--format", "png", "--size", "36x24", "--segment-frames", 20)
RANKS = 4


def others_see(path, text):
    """All ranks but the root read `text` in place of the file."""
    path.with_name(path.name + ".other").write_text(text)
    return shim.env("open", str(path), 1, "other", rank="others", many=True)


def forget(path):
    path.with_name(path.name + ".other").unlink()


@pytest.fixture(scope="module")
def finished(recording, place):
    nsr.run("render", recording, "-o", place / "b.nsr", *PICTURES, "--cmap", "viridis")
    return place / "b.nsr"


def unfinished(finished, bundle, n):
    """As if a run had been stopped after n segments."""
    shutil.copytree(finished, bundle)
    manifest = nsr.manifest(bundle)
    (bundle / "segments").mkdir()
    (bundle / "segments" / "input.json").write_text(json.dumps(manifest["input"]))
    output, records = manifest["outputs"][0], []
    for i, (part, counts) in enumerate(zip(output["segments"], manifest["clipped_by_segment"])):
        if i >= n:
            shutil.rmtree(bundle / part["path"])
            continue
        records.append(dict(values=manifest["values_by_segment"][i], **dict(zip(("below", "above", "no_data", "bad_frames"), counts)), segment=i,
                            outputs={"png": {**part, "digest": output["digest"]}}))
    nsr.write_journal(bundle, [{"input": manifest["input"]["stamp"]}, *records], run=1)
    (bundle / "manifest.json").unlink()
    return bundle


def test_resume_of_another_plan(finished, tmp_path):
    bundle = unfinished(finished, tmp_path / "o.nsr", 2)
    plan = json.loads((bundle / "plan.json").read_text())
    plan["options"]["cmap"] = "magma"
    env = others_see(bundle / "plan.json", json.dumps(plan))
    nsr.run("resume", bundle, "--threads", 1, ranks=RANKS, env=env)
    forget(bundle / "plan.json")
    nsr.assert_same(bundle, finished)
    nsr.run("verify", bundle)


@pytest.mark.parametrize("text", ["", "{}", "other"], ids=["empty", "nothing", "other hashes"])
def test_verify_of_another_manifest(finished, tmp_path, text):
    bundle = tmp_path / "o.nsr"
    shutil.copytree(finished, bundle)
    if text == "other":
        text = (bundle / "manifest.json").read_text().replace('"hash": "', '"hash": "0')
    env = others_see(bundle / "manifest.json", text)
    assert ": good" in nsr.run("verify", bundle, ranks=RANKS, env=env).out


def test_verify_finds_the_same_on_all_ranks(finished, tmp_path):
    """The others see a good manifest, and the root's is another: nothing passes as good."""
    bundle = tmp_path / "o.nsr"
    shutil.copytree(finished, bundle)
    good = (bundle / "manifest.json").read_text()
    (bundle / "manifest.json").write_text(good.replace('"hash": "', '"hash": "0'))
    done = nsr.run("verify", bundle, ranks=RANKS, env=others_see(bundle / "manifest.json", good), code=nsr.DATA)
    assert f"{len(nsr.output(finished, 'png')['segments'])} problems found" in done.err


def table(path, high):
    rows = np.linspace((0, 0, 0), high, 256).round().astype(int)
    path.write_text("\n".join(" ".join(map(str, row)) for row in rows))
    return path.read_text()


def test_another_colormap_file(recording, tmp_path):
    path = tmp_path / "map.txt"
    other = table(tmp_path / "map.txt", (255, 0, 0))
    table(path, (0, 255, 0))
    nsr.run("render", recording, "-o", tmp_path / "a.nsr", *PICTURES, "--cmap", path)
    nsr.run("render", recording, "-o", tmp_path / "b.nsr", *PICTURES, "--cmap", path, ranks=RANKS, env=others_see(path, other))
    nsr.assert_same(tmp_path / "b.nsr", tmp_path / "a.nsr")


def test_other_limits(recording, tmp_path):
    path = tmp_path / "limits.json"
    path.write_text(nsr.run("range", recording, "--json").out)
    limits = json.loads(path.read_text())
    other = json.dumps({**limits, "vmax": limits["vmax"] / 2})
    nsr.run("render", recording, "-o", tmp_path / "a.nsr", *PICTURES, "--limits", path)
    nsr.run("render", recording, "-o", tmp_path / "b.nsr", *PICTURES, "--limits", path, ranks=RANKS, env=others_see(path, other))
    nsr.assert_same(tmp_path / "b.nsr", tmp_path / "a.nsr")


def test_the_places_are_those_of_the_root(finished, tmp_path):
    bundle = unfinished(finished, tmp_path / "o.nsr", 1)
    env = others_see(bundle / "segments" / "input.json", '{"path": "/no/such/file", "environment": "/none.json"}')
    nsr.run("resume", bundle, ranks=RANKS, env=env)
    nsr.assert_same(bundle, finished)


def test_options_that_change_while_a_run_waits(finished, tmp_path):
    """What was read before the lock was taken must still hold then."""
    bundle = unfinished(finished, tmp_path / "o.nsr", 2)
    (bundle / "locks").mkdir()
    (bundle / "locks" / "run").write_text("damaged: for three seconds it may be that of another run")
    with nsr.Running("resume", bundle, ranks=2) as running:
        running.wait_for(lambda: running.seconds > 2)
        plan = json.loads((bundle / "plan.json").read_text())
        plan["options"]["cmap"] = "magma"
        (bundle / "plan.json").write_text(json.dumps(plan))
        done = running.wait()
    assert done.code == nsr.MISMATCH and len(done.errors) == 1 and "changed its options" in done.errors[0], done
    assert not (bundle / "locks").exists() and nsr.records(bundle) == [0, 1]
