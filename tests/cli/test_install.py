# SPDX-License-Identifier: MIT
"""cmake --install: everything is where it belongs, and another MPI program can use the library with pkg-config."""
import os
import pathlib
import subprocess

import pytest

BUILD = pathlib.Path(os.environ["NSR_BIN"]).parent
CACHE = (BUILD / "CMakeCache.txt").read_text(encoding="utf-8")
CLIENT = """
#include <nsrender/comm.h>
#include <nsrender/config.h>
#include <stdio.h>
int main(int argc, char **argv) {
    MPI_Init(&argc, &argv);
    nsr_comm *comm = nsr_comm_open(MPI_COMM_WORLD);
    nsr_config config;
    nsr_config_defaults(&config, &nsr_all_options);
    if (nsr_is_root(comm)) printf("%d ranks, %s\\n", nsr_ranks(comm), config.show.cmap);
    nsr_comm_close(comm);
    return MPI_Finalize();
}
"""


def run(*command, **more):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120, check=False, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module", name="prefix")
def installed(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", BUILD, "--prefix", prefix)
    return prefix


def test_what_is_installed(prefix):
    names = {str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file()}
    assert {"bin/nsrender-mpi", "share/man/man1/nsrender-mpi.1", "share/bash-completion/completions/nsrender-mpi",
            "include/nsrender/config.h", "include/nsrender/sink.h"} <= names
    jobs = {name.rpartition("/")[2] for name in names if "/nsrender-mpi/jobs/" in name}
    assert {"submit.sh", "chain.sh", "common.sh", "render.sbatch", "render.pbs", "README.md"} <= jobs and "demo.sh" not in jobs
    assert any(name.endswith("/libnsrender.a") for name in names)
    assert any(name.endswith("/pkgconfig/nsrender.pc") for name in names)
    assert run(prefix / "bin/nsrender-mpi", "--man") == (prefix / "share/man/man1/nsrender-mpi.1").read_text()


@pytest.mark.skipif("NSR_SANITIZE:STRING=\n" not in CACHE, reason="the library needs the flags of its sanitizer")
def test_library_serves_another_program(prefix, tmp_path):
    environment = dict(os.environ, PKG_CONFIG_PATH=str(next(prefix.rglob("nsrender.pc")).parent))
    flags = run("pkg-config", "--cflags", "--libs", "nsrender", env=environment).split()
    (tmp_path / "client.c").write_text(CLIENT)
    run("mpicc", "-std=c17", tmp_path / "client.c", "-o", tmp_path / "client", *flags)
    assert run("mpirun", "-n", 2, tmp_path / "client") == "2 ranks, viridis\n"
