"""The OpenCL device that tests run on: the first that passes its self-test."""

from __future__ import annotations

import pytest

from cnnstudio.engine.opencl.device import OpenCLDevice
from cnnstudio.engine.opencl.devices import found_devices, missing
from cnnstudio.engine.opencl.execution import OpenCLEngine


@pytest.fixture(scope="session")
def device() -> OpenCLDevice:
    """A device that works; tests that need one are skipped where there is none."""
    good = [found.device for found in found_devices() if not found.refused]
    if not good:
        pytest.skip(missing() or "; ".join(found.refused for found in found_devices()))
    return good[0]


@pytest.fixture(scope="session")
def engine(device: OpenCLDevice) -> OpenCLEngine:
    """The engine on it."""
    return OpenCLEngine(device)
