"""Jobs that compute each number from the numbers at the same position of other values."""

from __future__ import annotations

from collections.abc import Mapping

from cnnstudio.engine.opencl.job import Constant, Epilogue, Job, KernelArg, Value
from cnnstudio.engine.opencl.layout import Layout
from cnnstudio.operations import Shape

GROUP = 16  # channels for each work item where a map is a single number


def elementwise_job(
    shape: Shape,
    reads: Mapping[str, Value],
    result: str,
    epilogue: Epilogue,
    channels: Mapping[str, KernelArg] | None = None,
    header: KernelArg | None = None,
) -> Job:
    """Evaluates `result`, an OpenCL expression of the values in `reads` and the arrays in `channels`, which have one
    number for each channel, by their names.

    With the step's header it may also use `in_batch`: whether the samples are within the batch.
    """
    args, constants = _arguments(shape, reads, channels or {})
    constants["RESULT"] = result
    if header is not None:
        args = (*args, header)
        in_batch = "const VI in_batch = sample_indices(sample) < header[COUNT];"
        constants["READ_CHANNEL"] = f"{in_batch} {constants['READ_CHANNEL']}"
    count = -(-int(constants["CHANNELS"]) // int(constants["GROUP"])) * int(constants["HEIGHT"])
    return Job("elementwise", args, constants, count, epilogue)


def channel_sum_job(
    shape: Shape,
    reads: Mapping[str, Value],
    term: str,
    partial: KernelArg,
    channels: Mapping[str, KernelArg] | None = None,
) -> Job:
    """Sums an expression, as in `elementwise_job`, over each channel of a block, and writes the sums to `partial`."""
    args, constants = _arguments(shape, reads, channels or {}, " + n")
    constants |= {"TERM": term}
    count = -(-int(constants["CHANNELS"]) // int(constants["GROUP"]))
    return Job("channel_sum", (*args, partial), constants, count, by_sample=False)


def clear_border_jobs(value: Value) -> list[Job]:
    """Zeros the border of a value that shares its memory with others; no job where the border stays zero."""
    if not value.shared or value.layout.contiguous:
        return []
    channels, height, width = value.layout.maps
    constants: dict[str, Constant] = {"HEIGHT": height, "WIDTH": width}
    constants |= dict(zip(("TOP", "LEFT", "BOTTOM", "RIGHT"), value.layout.border, strict=True))
    return [Job("clear_border", (value.arg("x", writes=True),), constants, channels)]


def _arguments(
    shape: Shape, reads: Mapping[str, Value], channels: Mapping[str, KernelArg], offset: str = ""
) -> tuple[tuple[KernelArg, ...], dict[str, Constant]]:
    """The arguments, and the text that reads from them."""
    depth, height, width = Layout(shape, 1).maps
    read = "".join(f"const V {name} = LOAD({name}s + AT({name.upper()}S, c, h, w){offset}); " for name in reads)
    per_channel = "".join(f"const float {name} = {arg.name}[c]; " for name, arg in channels.items())
    args = (*(value.arg(f"{name}s") for name, value in reads.items()), *channels.values())
    return args, {
        "CHANNELS": depth,
        "HEIGHT": height,
        "WIDTH": width,
        "GROUP": GROUP if height * width == 1 else 1,
        "READ": read,
        "READ_CHANNEL": per_channel,
    }
