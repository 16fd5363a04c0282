"""Which OpenCL devices this machine has."""

from __future__ import annotations

from typing import Any

from cnnstudio.engine.opencl.device import OpenCLDevice, opencl

HOW_TO_INSTALL = (
    "To use more devices, run `pip install pyopencl` and install a driver: the one of your graphics card, or for the "
    "processor itself `apt-get install pocl-opencl-icd`."
)


def listed_devices() -> list[OpenCLDevice]:
    """Every device that pyopencl lists; none where there is no pyopencl or no driver."""
    return [OpenCLDevice(device) for device in _listed()]


def why_no_devices() -> str:
    """Why pyopencl lists no device, and how to get one; empty where there is one."""
    if _listed():
        return ""
    try:
        opencl()
    except ImportError:
        return f"pyopencl is not installed. {HOW_TO_INSTALL}"
    return f"pyopencl finds no OpenCL driver. {HOW_TO_INSTALL}"


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
        except cl.Error:  # pyopencl raises for a platform without devices
            continue
    return listed
