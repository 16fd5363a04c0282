"""The OpenCL device and engine that these tests run on."""

from __future__ import annotations

import pytest

from cnnstudio.engine.device_selection import reference_engine
from cnnstudio.engine.opencl.device import GPU_LANES, GPU_TEAM, OpenCLDevice
from cnnstudio.engine.opencl.device_traits import Traits
from cnnstudio.engine.opencl.execution import OpenCLEngine


@pytest.fixture(scope="session")
def device(opencl_device: OpenCLDevice) -> OpenCLDevice:
    """The device that these tests run on."""
    return opencl_device


@pytest.fixture(scope="session")
def engine(device: OpenCLDevice) -> OpenCLEngine:
    """The engine on it."""
    return OpenCLEngine(device, reference_engine())


class AsCard(OpenCLDevice):
    """A device that is given the work in the form in which a graphics card wants it."""

    traits = Traits(GPU_LANES, 1, 4, scratch=0, patient=False, team=GPU_TEAM)
    shares_memory = False


@pytest.fixture(scope="session")
def card(device: OpenCLDevice) -> OpenCLEngine:
    """The engine on the same device, used like a graphics card."""
    return OpenCLEngine(AsCard(device.device), reference_engine())
