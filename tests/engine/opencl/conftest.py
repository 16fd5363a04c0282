"""The OpenCL device that tests run on: the first that passes its self-test."""

from __future__ import annotations

import pytest

from cnnstudio.engine.opencl.device import GPU_LANES, GPU_TEAM, OpenCLDevice
from cnnstudio.engine.opencl.device_traits import Traits
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


class AsCard(OpenCLDevice):
    """A device that is given the work in the form in which a graphics card wants it."""

    traits = Traits(GPU_LANES, 1, 4, scratch=0, patient=False, team=GPU_TEAM)
    shares_memory = False


@pytest.fixture(scope="session")
def card(device: OpenCLDevice) -> OpenCLEngine:
    """The engine on the same device, used like a graphics card."""
    return OpenCLEngine(AsCard(device.device))
