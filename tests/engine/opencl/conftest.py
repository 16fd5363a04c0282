"""The OpenCL device and engine that these tests run on."""

from __future__ import annotations

import pytest

from cnnstudio.engine.device_selection import reference_engine
from cnnstudio.engine.opencl.device import GPU_LANES, GPU_WORK_GROUP, OpenCLDevice
from cnnstudio.engine.opencl.device_traits import DeviceTraits
from cnnstudio.engine.opencl.execution import OpenCLEngine


@pytest.fixture(scope="session")
def device(opencl_device: OpenCLDevice) -> OpenCLDevice:
    """The device that these tests run on."""
    return opencl_device


@pytest.fixture(scope="session")
def engine(device: OpenCLDevice) -> OpenCLEngine:
    """The engine on it."""
    return OpenCLEngine(device, reference_engine())


class LikeGPU(OpenCLDevice):
    """The same device, given work in the form that suits a graphics card."""

    traits = DeviceTraits(GPU_LANES, 1, 4, local_memory=0, coarse_grained=False, work_group=GPU_WORK_GROUP)
    shares_memory = False


@pytest.fixture(scope="session")
def gpu_engine(device: OpenCLDevice) -> OpenCLEngine:
    """The engine on that device: one sample for each work item, and no memory shared with the host."""
    return OpenCLEngine(LikeGPU(device.device), reference_engine())
