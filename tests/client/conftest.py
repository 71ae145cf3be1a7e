# SPDX-License-Identifier: MIT
"""What the tests in napari look at."""
import pytest

import sessions


@pytest.fixture(scope="module")
def session(place, values):
    """With the values of the file's own fixture."""
    return sessions.write(place / "session.nwb", values)
