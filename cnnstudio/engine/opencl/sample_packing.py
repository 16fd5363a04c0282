"""Jobs that convert between the host's order of samples, (N, C, H, W), and the layout of a value."""

from __future__ import annotations

from cnnstudio.engine.opencl.job import Constant, Epilogue, Job, KernelArg, Region, Value
from cnnstudio.engine.opencl.layout import Layout
from cnnstudio.operations import Shape


def pack_job(shape: Shape, samples: Region, header: KernelArg, epilogue: Epilogue, *, gradient: bool = False) -> Job:
    """Reads samples. Lanes beyond the batch get a copy of its last sample, or zeros where this is a gradient."""
    constants = _size_constants(shape)
    constants["MASK(v_)"] = "(sample_indices(sample) < count ? (v_) : ZERO)" if gradient else "(v_)"
    return Job("pack_samples", (KernelArg("samples", samples), header), constants, _rows(shape), epilogue)


def unpack_job(value: Value, samples: Region, header: KernelArg) -> Job:
    """Writes the samples of a value."""
    args = (value.arg("x"), KernelArg("samples", samples, writes=True), header)
    return Job("unpack_samples", args, _size_constants(value.layout.shape), _rows(value.layout.shape))


def _size_constants(shape: Shape) -> dict[str, Constant]:
    channels, height, width = Layout(shape, 1).maps
    return {"CHANNELS": channels, "HEIGHT": height, "WIDTH": width}


def _rows(shape: Shape) -> int:
    channels, height, _ = Layout(shape, 1).maps
    return channels * height
