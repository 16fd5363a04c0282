"""Jobs that compute every number from those at the same place of other values."""

from __future__ import annotations

from collections.abc import Mapping

from cnnstudio.engine.opencl.job import Constant, Job, Port, Sink, Value
from cnnstudio.engine.opencl.layout import Layout
from cnnstudio.operations import Shape

GROUP = 16  # channels that a work item computes where each is a single number


def map_job(
    shape: Shape,
    reads: Mapping[str, Value],
    result: str,
    sink: Sink,
    channels: Mapping[str, Port] | None = None,
    header: Port | None = None,
) -> Job:
    """An expression of the named values and of one number a channel, each under its name.

    With the header it may ask `here`: whether samples are in the batch.
    """
    ports, declared = _declare(shape, reads, channels or {})
    declared["RESULT"] = result
    if header is not None:
        ports = (*ports, header)
        declared["READ_CHANNEL"] = f"const VI here = samples_from(sample) < header[COUNT]; {declared['READ_CHANNEL']}"
    count = -(-int(declared["CHANNELS"]) // int(declared["GROUP"])) * int(declared["HEIGHT"])
    return Job("map", ports, declared, count, sink)


def channel_sum_job(
    shape: Shape,
    reads: Mapping[str, Value],
    term: str,
    partial: Port,
    channels: Mapping[str, Port] | None = None,
) -> Job:
    """The sum of an expression of the named values over each channel of a block, to where `partial` says."""
    ports, declared = _declare(shape, reads, channels or {}, " + n")
    declared |= {"TERM": term}
    count = -(-int(declared["CHANNELS"]) // int(declared["GROUP"]))
    return Job("channel_sum", (*ports, partial), declared, count, by_sample=False)


def clear_jobs(value: Value) -> list[Job]:
    """What zeros the border around a value whose memory others use as well; nothing where it stays zero."""
    if not value.shared or value.layout.plain:
        return []
    channels, height, width = value.layout.maps
    constants: dict[str, Constant] = {"HEIGHT": height, "WIDTH": width}
    constants |= dict(zip(("TOP", "LEFT", "BOTTOM", "RIGHT"), value.layout.border, strict=True))
    return [Job("clear", (value.port("x", writes=True),), constants, channels)]


def _declare(
    shape: Shape, reads: Mapping[str, Value], channels: Mapping[str, Port], offset: str = ""
) -> tuple[tuple[Port, ...], dict[str, Constant]]:
    """The ports, and the text that reads from them."""
    depth, height, width = Layout(shape, 1).maps
    read = "".join(f"const V {name} = LOAD({name}s + AT({name.upper()}S, c, h, w){offset}); " for name in reads)
    per_channel = "".join(f"const float {name} = {port.name}[c]; " for name, port in channels.items())
    ports = (*(value.port(f"{name}s") for name, value in reads.items()), *channels.values())
    return ports, {
        "CHANNELS": depth,
        "HEIGHT": height,
        "WIDTH": width,
        "GROUP": GROUP if height * width == 1 else 1,
        "READ": read,
        "READ_CHANNEL": per_channel,
    }
