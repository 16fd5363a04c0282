"""Jobs that bring samples from the host's order, one after another, into a value, and back."""

from __future__ import annotations

from cnnstudio.engine.opencl.job import Constant, Job, Port, Region, Sink, Value
from cnnstudio.engine.opencl.layout import Layout
from cnnstudio.operations import Shape


def load_job(shape: Shape, samples: Region, header: Port, sink: Sink, *, gradient: bool = False) -> Job:
    """Take samples; beyond the last one of the batch come copies of it, or zeros where they are a gradient."""
    constants = _sides(shape)
    constants["MASK(v_)"] = "(samples_from(sample) < count ? (v_) : ZERO)" if gradient else "(v_)"
    return Job("load", (Port("samples", samples), header), constants, _rows(shape), sink)


def unload_job(value: Value, samples: Region, header: Port) -> Job:
    """Give samples."""
    ports = (value.port("x"), Port("samples", samples, writes=True), header)
    return Job("unload", ports, _sides(value.layout.shape), _rows(value.layout.shape))


def _sides(shape: Shape) -> dict[str, Constant]:
    """A row of numbers is loaded as one row of an image, so that it is turned in pieces as long as possible."""
    channels, height, width = _as_maps(shape)
    return {"CHANNELS": channels, "HEIGHT": height, "WIDTH": width}


def _rows(shape: Shape) -> int:
    channels, height, _ = _as_maps(shape)
    return channels * height


def _as_maps(shape: Shape) -> tuple[int, int, int]:
    return Layout(shape, 1).maps
