# SPDX-License-Identifier: MIT
import pytest

import nsr
import slurm


@pytest.fixture(scope="session")
def start_cluster(tmp_path_factory):
    """Starts clusters, with lines for slurm.conf, that end with the tests."""
    if slurm.reason_to_skip():
        pytest.skip(slurm.reason_to_skip())
    started = []

    def start(*lines):
        started.append(slurm.Cluster(tmp_path_factory.mktemp("slurm"), *lines))
        return started[-1]
    yield start
    for cluster in started:
        cluster.stop()


@pytest.fixture(scope="session")
def cluster(start_cluster):
    return start_cluster()


@pytest.fixture(scope="module")
def walk(place):
    """A recording of 20,000 frames in 313 segments, and its bundle by one process."""
    nsr.run("synth", place / "walk.h5", "--frames", 20000, "--grid", "40x40")
    nsr.run("render", place / "walk.h5", "-o", place / "reference.nsr")
    return place / "walk.h5"


@pytest.fixture(scope="module")
def reference(walk):
    return nsr.tree(walk.with_name("reference.nsr"))
