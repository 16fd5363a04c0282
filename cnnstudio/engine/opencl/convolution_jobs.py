"""Jobs of direct convolutions: forward, gradient of the input, gradient of the weight."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.engine.opencl.convolution_geometry import ConvolutionGeometry
from cnnstudio.engine.opencl.device_traits import DeviceTraits, balanced
from cnnstudio.engine.opencl.job import Constant, Epilogue, Job, KernelArg, Value
from cnnstudio.engine.opencl.layout import aligned
from cnnstudio.operations import MaxPooling

CHUNK_BYTES = 256 << 10  # of a chunk of rows, small enough for a cache: the weight's gradient reads it many times
MAX_PARTIAL_SUMS = 1 << 20  # numbers in the partial sums of a weight's gradient for one block of samples
ALL_BLOCKS_FROM = 1 << 18  # size of a weight from which its gradient is summed over all blocks at once


@dataclass(frozen=True)
class Tile:
    """What one work item computes: so many filters at so many positions."""

    filters: int
    positions: int


def default_tile(out_channels: int, columns: int, accumulators: int) -> Tile:
    """The tile that wastes least: of loads, of registers, and at the ends of rows and filters."""

    def cost(tile: Tile) -> tuple[float, int]:
        items = -(-out_channels // tile.filters) * -(-columns // tile.positions)
        return items * max(tile.filters * tile.positions, tile.filters + tile.positions, 8), -tile.filters

    tiles = [
        Tile(balanced(out_channels, filters), balanced(columns, positions))
        for filters in (1, 2, 3, 4, 6, 8, 12, 16)
        for positions in (1, 2, 3, 4, 6, 7, 8)
    ]
    return min((tile for tile in tiles if tile.filters * tile.positions <= accumulators), key=cost)


def direct_convolution_job(
    geometry: ConvolutionGeometry,
    traits: DeviceTraits,
    source: Value,
    weight: KernelArg,
    epilogue: Epilogue,
    *,
    to_small: bool,
    bias: KernelArg | None = None,
    pooling: MaxPooling | None = None,
    argmax: KernelArg | None = None,
    tile: Tile | None = None,
) -> Job:
    """A convolution to the small image or (`to_small=False`, for a stride of one) its adjoint to the large image.

    It may add a bias, and pool with windows that tile the result; `argmax` then receives the maxima's positions.
    """
    constants = geometry.to_small_constants() if to_small else geometry.to_large_constants()
    if pooling is not None:
        constants |= _pooling_constants(geometry, pooling)
        positions = pooling.pool_size[0] * pooling.pool_size[1]
        tile = tile or Tile(
            balanced(int(constants["OUT_CHANNELS"]), max(1, traits.accumulators // positions)), positions
        )
        row_positions = 1
    else:
        tile = tile or default_tile(int(constants["OUT_CHANNELS"]), int(constants["COLUMNS"]), traits.accumulators)
        row_positions = tile.positions
        constants["POSITION(s_)"] = "((s_) * COLUMN_STRIDE * X_STEP)"
    out_channels, columns, rows = (int(constants[name]) for name in ("OUT_CHANNELS", "COLUMNS", "ROWS"))
    args = [weight.named("weight"), source.arg("x"), *_bias_args(bias)]
    constants |= {
        "FILTERS": tile.filters,
        "POSITIONS": tile.positions,
        "ROW_POSITIONS": row_positions,
        **initial_text(bias),
        **argmax_text(argmax),
    }
    if argmax is not None:
        args.append(argmax)
    count = -(-columns // row_positions) * rows * -(-out_channels // tile.filters) * geometry.groups
    return Job("convolution/direct", tuple(args), constants, count, epilogue)


def transposed_convolution_job(
    geometry: ConvolutionGeometry,
    traits: DeviceTraits,
    source: Value,
    weight: KernelArg,
    epilogue: Epilogue,
    bias: KernelArg | None = None,
) -> Job:
    """A transposed convolution to the large image, for strides above one."""
    constants = geometry.strided_to_large_constants()
    out_channels, columns, rows = (int(constants[name]) for name in ("OUT_CHANNELS", "COLUMNS", "ROWS"))
    steps = -(-columns // geometry.stride[1])
    tile = default_tile(out_channels, steps, traits.accumulators)
    constants |= {
        "FILTERS": tile.filters,
        "POSITIONS": tile.positions,
        "POSITION_GROUPS": -(-steps // tile.positions),
        **initial_text(bias),
    }
    count = geometry.stride[1] * -(-steps // tile.positions) * rows * -(-out_channels // tile.filters) * geometry.groups
    args = (weight.named("weight"), source.arg("x"), *_bias_args(bias))
    return Job("convolution/transposed", args, constants, count, epilogue)


@dataclass(frozen=True)
class Chunks:
    """How the sum for a weight's gradient is split: into chunks of rows, for each block or for all blocks at once."""

    count: int
    rows: int
    all_blocks: bool


def chunks_of(geometry: ConvolutionGeometry, lanes: int) -> Chunks:
    """Depends on shapes alone, so that the order of sums is the same for every batch size."""
    size = geometry.small[0] * geometry.weight_strides[0]
    rows = geometry.small[1]
    if size >= ALL_BLOCKS_FROM:
        return Chunks(1, rows, all_blocks=True)
    row_bytes = 4 * lanes * geometry.small[2] * (geometry.small[0] + geometry.large[0] * geometry.stride[0])
    portion = balanced(rows, max(1, CHUNK_BYTES // row_bytes))
    portion = max(portion, balanced(rows, max(1, MAX_PARTIAL_SUMS // size)))
    return Chunks(-(-rows // portion), portion, all_blocks=False)


def weight_gradient_job(
    geometry: ConvolutionGeometry,
    traits: DeviceTraits,
    large: Value,
    small: Value,
    partial: KernelArg,
    bias_partial: KernelArg | None,
    flag: KernelArg,
) -> Job:
    """The gradient of the weight, and of the bias that was added to the small image."""
    chunks = chunks_of(geometry, traits.lanes)
    kernel_width = geometry.kernel_size[1]
    in_channels, out_channels = geometry.large[0] // geometry.groups, geometry.small[0] // geometry.groups
    channels = balanced(in_channels, max(1, 4 // kernel_width))
    filters = balanced(out_channels, max(1, min(8, traits.accumulators // (channels * kernel_width))))
    size = geometry.small[0] * geometry.weight_strides[0]
    constants: dict[str, Constant] = geometry.to_small_constants() | {
        "GROUPS": geometry.groups,
        "CHANNELS": channels,
        "FILTERS": filters,
        "CHUNK_ROWS": chunks.rows,
        "SIZE": aligned(size),
        "BIAS_SIZE": aligned(geometry.small[0]),
        "KERNEL_AREA": geometry.kernel_area,
        "HAS_BIAS": int(bias_partial is not None),
        "ALL_BLOCKS": int(chunks.all_blocks),
    }
    args = [large.arg("x"), small.arg("grad_output"), partial, *([bias_partial] if bias_partial else [])]
    if chunks.all_blocks:
        args.append(flag)
    items = geometry.kernel_size[0] * -(-in_channels // channels) * -(-out_channels // filters) * geometry.groups
    kernel, count = "convolution/weight_gradient", items * chunks.count
    return Job(kernel, tuple(args), constants, count, all_blocks=chunks.all_blocks, by_sample=False)


def _pooling_constants(geometry: ConvolutionGeometry, pooling: MaxPooling) -> dict[str, Constant]:
    """What changes where each result is the maximum over a pooling window."""
    _, rows, columns = pooling.output_shape(geometry.small)
    (row_stride, column_stride), pool_width = geometry.stride, pooling.pool_size[1]
    row, column = f"(s_) / {pool_width} * {row_stride}", f"(s_) % {pool_width} * {column_stride}"
    return {
        "POOLED": 1,
        "ROWS": rows,
        "COLUMNS": columns,
        "ROW_STRIDE": pooling.stride[0] * row_stride,
        "COLUMN_STRIDE": pooling.stride[1] * column_stride,
        "POSITION(s_)": f"({row} * X_ROW + {column} * X_STEP)",
    }


def _bias_args(bias: KernelArg | None) -> tuple[KernelArg, ...]:
    return (bias.named("bias"),) if bias else ()


def initial_text(bias: KernelArg | None) -> dict[str, Constant]:
    """The initial value of the sums of an output channel."""
    return {"INITIAL(p_)": "(V)(bias[p_])" if bias else "ZERO"}


def argmax_text(argmax: KernelArg | None) -> dict[str, Constant]:
    """How a body stores the position of the maximum of a pooling window, if at all."""
    text = "(void)0"
    if argmax:
        text = f"STORE_AS({argmax.element_type}, v_, {argmax.name} + AT({argmax.name.upper()}, c_, h_, w_))"
    return {"STORE_ARGMAX(c_, h_, w_, v_)": text}
