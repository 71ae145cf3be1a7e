# SPDX-License-Identifier: MIT
"""Inputs that several tests of one file look at; nothing outlives its file."""
import pathlib
import shutil

import pytest

import nsr
import stacks


def pytest_report_header():
    return f"program: {nsr.BIN}; counts: {'full' if nsr.LONG else 'reduced'}"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder for the inputs of a whole file."""
    return tmp_path_factory.mktemp("inputs")


@pytest.fixture(scope="module")
def recording(place):
    """A made-up recording: 500 frames of 16 x 12 bins, 8 segments, with gaps without data and with times."""
    path = place / "made-up.h5"
    nsr.run("synth", path, "--frames", 500, "--grid", "16x12", "--seed", 7)
    return path


@pytest.fixture(scope="module")
def finished(recording, place):
    """Its stack, in ten segments. Files that need another bundle have a fixture of this name."""
    stacks.render(recording, place / "finished.nsr", "--segment-frames", 50)
    return place / "finished.nsr"


@pytest.fixture
def bundle(finished, tmp_path):
    """A copy of the finished one, to be damaged."""
    return shutil.copytree(finished, tmp_path / "o.nsr")


@pytest.fixture(scope="session")
def data():
    return pathlib.Path(__file__).parent / "data"
