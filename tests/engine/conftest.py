"""Every engine, for tests of what all of them must do alike."""

from __future__ import annotations

import pytest

from cnnstudio.engine.device_selection import reference_engine
from cnnstudio.engine.engine import Engine
from cnnstudio.engine.opencl.execution import OpenCLEngine


@pytest.fixture(params=["numpy", pytest.param("opencl", marks=pytest.mark.opencl)])
def any_engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn; on OpenCL, the first device that works."""
    if request.param == "numpy":
        return reference_engine()
    return OpenCLEngine(request.getfixturevalue("opencl_device"), reference_engine())
