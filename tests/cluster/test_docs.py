# SPDX-License-Identifier: MIT
"""The commands that pages show for a cluster (`sh cluster`) work on one, and their jobs succeed."""
import os

import pytest

import nsr
import pages
import sessions
import slurm

PAGES = {name: text for name, text in pages.pages().items() if "```sh cluster" in text}


@pytest.fixture
def folder(tmp_path):
    """As a login node has it: the recording, the job scripts, the program on the PATH."""
    sessions.write_one_field(tmp_path / "session.nwb")
    (tmp_path / "jobs").symlink_to(slurm.TOP / "jobs")
    (tmp_path / ".bin").mkdir()
    (tmp_path / ".bin/nsrender-mpi").symlink_to(os.path.realpath(nsr.BIN))
    return tmp_path


@pytest.mark.parametrize("name", PAGES)
def test_page_works(name, folder, cluster):
    env = {**nsr.ENV, "PATH": f"{folder}/.bin:{os.environ['PATH']}"}
    with pages.Shell(folder, env, 120, through=[slurm.SCRIPT, "run", cluster.folder]) as shell:
        for block in pages.blocks(pages.pages()[name]):
            if (block.kind, block.info) != ("sh", "cluster"):
                continue
            for command in pages.commands(block):
                code, printed = shell.run(command.line)
                assert code == 0, f"{name}:{block.line}: `{command.line}` ended with {code}:\n" + "\n".join(printed)
            cluster.wait_idle(limit=120)
    logs = {path.name: path.read_text() for path in folder.glob("*.log")}
    assert logs and not [log for log in logs.values() if " ended with exit code " in log and "exit code 0\n" not in log], logs
    for bundle in folder.glob("*.nsr"):
        nsr.run("verify", bundle, "--against", folder / "session.nwb")
