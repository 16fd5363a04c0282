"""Which OpenCL devices this machine has."""

from __future__ import annotations

from typing import Any

from cnnstudio.engine.opencl.device import OpenCLDevice, opencl

MORE = (
    "With `pip install pyopencl` and a driver (of a graphics card, or for the processor itself "
    "`apt-get install pocl-opencl-icd`) there would be more devices."
)


def listed_devices() -> list[OpenCLDevice]:
    """Every device that pyopencl lists; none where there is no pyopencl or no driver."""
    return [OpenCLDevice(device) for device in _listed()]


def missing() -> str:
    """Why there is no device at all, and how to get one; empty where there is one."""
    if _listed():
        return ""
    try:
        opencl()
    except ImportError:
        return f"pyopencl is not installed. {MORE}"
    return f"pyopencl finds no driver. {MORE}"


def _listed() -> list[Any]:
    """The devices of all platforms."""
    try:
        cl = opencl()
    except ImportError:
        return []
    try:
        platforms = cl.get_platforms()
    except cl.Error:
        return []
    listed = []
    for platform in platforms:
        try:
            listed += platform.get_devices()
        except cl.Error:  # a platform without devices says so by failing
            continue
    return listed
