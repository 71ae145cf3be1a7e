# SPDX-License-Identifier: MIT
"""A launcher of another MPI, or none that MPI understands, is named in one line before MPI starts."""
import shutil
import subprocess

import pytest

import nsr
import shim

PMI2 = {"SLURM_STEP_NUM_TASKS": 4, "PMI_SIZE": 4}
HYDRA = {"PMI_SIZE": 4, "HYDI_CONTROL_FD": 7, "PMI_FD": 6}
MPICH_5 = "MPICH Version:      5.0.2\nMPICH Release date:"
MPICH = "MPICH Version:\t4.0.2\nMPICH Release date:\tThu Apr  7 12:34:45 CDT 2022"
INTEL = "Intel(R) MPI Library 2021.11 for Linux* OS\n"


def all_ranks(n, env, **own):
    """As a launcher starts them: what they print, by rank. Those that are silent end last, or their launcher might end
    the one that speaks."""
    def one(rank):
        ranked = {name.format(rank=rank): rank for name in own.get("numbers", ["SLURM_PROCID", "PMI_RANK"])}
        ended[rank] = nsr.run("info", "/nosuch.h5", env={**env, **ranked}, code=own.get("code", nsr.USAGE))
    ended = {}
    nsr.at_once(one, range(n))
    return [ended[rank] for rank in range(n)]


def library(text="", plugin=""):
    found = {"OTHER_MPI": text, "OTHER_PLUGIN": plugin}
    return {"LD_PRELOAD": shim.library("other_mpi"), **{name: value for name, value in found.items() if value}}


def one_line(ended, *words):
    first, *others = ended
    assert len(first.err.splitlines()) == 1, first
    for word in words:
        assert word in first.err, first
    assert first.out == "" and not any(done.err or done.out for done in others)
    assert all(done.seconds > first.seconds for done in others)


def test_srun_with_pmi2():
    one_line(all_ranks(4, PMI2), "srun started 4 processes by PMI-1 or PMI-2", "Open MPI v", "srun --mpi=pmix", "srun --mpi=list")


def test_srun_without_mpi():
    one_line(all_ranks(4, {"SLURM_STEP_NUM_TASKS": 4}, numbers=["SLURM_PROCID"]), "4 separate copies", "srun --mpi=pmix", "srun --mpi=list")


def test_mpiexec_of_mpich():
    one_line(all_ranks(4, HYDRA, numbers=["PMI_RANK"]), "mpiexec of MPICH or Intel MPI started 4 processes", "built with Open MPI v", "mpirun of that")


@pytest.mark.parametrize("env", [HYDRA, {"PMI_SIZE": 2, "I_MPI_MPIRUN": "mpirun"}, {"PMI_SIZE": 2, "MPI_LOCALNRANKS": 2}],
                         ids=["hydra", "mpirun script", "newer hydra"])
def test_mpiexec_of_intel_within_slurm(env):
    """Its proxies were started by srun."""
    one_line(all_ranks(2, {**env, "SLURM_STEP_NUM_TASKS": 2}), "mpiexec of MPICH or Intel MPI")


@pytest.mark.parametrize("text, name", [(MPICH, "MPICH Version 4.0.2;"), (MPICH_5, "MPICH Version 5.0.2;"), (INTEL, "Intel(R) MPI Library 2021.11 for Linux* OS;")])
def test_mpirun_of_open_mpi_before_another_library(text, name):
    env = {**library(text), "OMPI_COMM_WORLD_SIZE": 2}
    one_line(all_ranks(2, env, numbers=["OMPI_COMM_WORLD_RANK", "PMIX_RANK"]), "mpirun of Open MPI started 2 processes", name, "mpiexec of that")


def test_open_mpi_5_speaks_pmix_only():
    one_line(all_ranks(2, {**PMI2, **library("Open MPI v5.0.3, package: x")}), "PMI-1 or PMI-2", "Open MPI v5.0.3, which")


@pytest.mark.parametrize("code, words", [(nsr.NO_INPUT, ["info", "/nosuch.h5"]), (nsr.OK, ["--version"]), (nsr.USAGE, ["rendr"])])
@pytest.mark.parametrize("env", [{**HYDRA, "PMI_SIZE": 1, "PMI_RANK": 0}, {**PMI2, "PMI_SIZE": 1, "PMI_RANK": 0, "SLURM_PROCID": 0}],
                         ids=["hydra", "pmi2"])
def test_a_lone_process_needs_no_launcher(env, code, words):
    done = nsr.run(*words, env=env, code=code)
    assert done.err.count("\n") == (code != nsr.OK)


def test_a_mistake_of_the_command_line_is_printed_once():
    def one(rank):
        ended[rank] = nsr.run("rendr", env={**PMI2, "SLURM_PROCID": rank, "PMI_RANK": rank}, code=nsr.USAGE)
    ended = {}
    nsr.at_once(one, range(2))
    assert "did you mean 'render'" in ended[0].err and not ended[1].err


def test_open_mpi_with_plugins_of_slurm_is_let_through():
    """MPI_Init has the word then, and finds no server here."""
    env = {**PMI2, "PMI_RANK": 0, "SLURM_PROCID": 0, **library(plugin="/opt/openmpi/mca_pmix_s2.so")}
    done = nsr.run("info", "/nosuch.h5", env=env, code=None)
    assert "by PMI-1" not in done.err and done.code != nsr.USAGE


@pytest.mark.skipif(not shutil.which("mpiexec.hydra"), reason="no mpiexec of MPICH here")
def test_the_real_mpiexec_of_mpich():
    done = subprocess.run(["mpiexec.hydra", "-n", "2", nsr.BIN, "info", "/nosuch.h5"], capture_output=True, text=True, timeout=30)
    assert done.returncode == nsr.USAGE and done.stderr.count(nsr.PREFIX) == 1 and "mpiexec of MPICH" in done.stderr


def limited(option, files, *words):
    return ["mpirun", "-n", "2", "--bind-to", "none", "sh", "-c", f"ulimit {option} -n {files} && exec {nsr.BIN} {' '.join(words)}"]


def test_too_few_open_files():
    done = subprocess.run(limited("", 16, "info", "/nosuch.h5"), env=nsr.MPI_ENV, capture_output=True, text=True, timeout=30)
    ours = [line for line in done.stderr.splitlines() if line.startswith(nsr.PREFIX)]
    assert done.returncode == nsr.USAGE and len(ours) == 1 and "only 16 files may be open" in ours[0] and "ulimit -n" in ours[0]
    assert "Too many open files" not in done.stderr and "btl" not in done.stderr


@pytest.mark.parametrize("local, far", [(1, 1), (2, 0)])
def test_a_socket_for_each_rank_of_other_nodes(local, far):
    words = limited("", 64, "info", "/nosuch.h5")
    words[-1] = words[-1].replace("exec", f"exec env OMPI_COMM_WORLD_LOCAL_SIZE={local}")
    done = subprocess.run(words, env=nsr.MPI_ENV, capture_output=True, text=True, timeout=30)
    assert done.returncode == nsr.NO_INPUT
    assert done.stderr.count("warning: only 64 files may be open here") == far == done.stderr.count("each of 1 ranks on other nodes, 65 in all")


@pytest.mark.parametrize("folders", [1, 19])
def test_a_long_path_for_temporary_files(recording, tmp_path, folders):
    """MPI has its session directory and sockets below it."""
    long = tmp_path.joinpath(*["y" * 190] * folders)
    long.mkdir(parents=True)
    nsr.run("range", recording, ranks=2, env={"TMPDIR": str(long)})


def test_the_number_of_open_files_is_raised_to_what_is_allowed(recording, tmp_path):
    done = subprocess.run(limited("-S", 16, "info", "/nosuch.h5"), env=nsr.MPI_ENV, capture_output=True, text=True, timeout=30)
    assert done.returncode == nsr.NO_INPUT, done.stderr
    assert "Too many open files" not in done.stderr and "btl" not in done.stderr
