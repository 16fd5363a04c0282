"""Jobs of Winograd convolutions with 3 x 3 filters, and the rule for when they are faster than direct ones.

The algorithm is F(4 x 4, 3 x 3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2015).
"""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.engine.opencl.convolution_geometry import ConvolutionGeometry
from cnnstudio.engine.opencl.convolution_jobs import argmax_text, initial_text
from cnnstudio.engine.opencl.device_traits import DeviceTraits
from cnnstudio.engine.opencl.job import Constant, Epilogue, Job, KernelArg, Region, Value
from cnnstudio.engine.opencl.layout import aligned
from cnnstudio.operations import MaxPooling, Pair, Shape, Sides

TILE_SIZE = 4  # rows and columns of outputs
PATCH_ELEMENTS = 36  # transformed elements of a tile
MIN_TILES = 16  # in a chunk: fewer do not repay the transform at its end
MAX_COST_RATIO = 0.75  # to direct convolution
MAX_LOCAL_MEMORY = 640 << 10
TWO_TILE_LOCAL_MEMORY = 400 << 10  # up to which two tiles at once fit the cache

TRANSFORMS = ("winograd/transforms.cl",)


def tiles_of(shape: Shape) -> Pair:
    """How many rows and columns of tiles cover an output."""
    return -(-shape[1] // TILE_SIZE), -(-shape[2] // TILE_SIZE)


@dataclass(frozen=True)
class WinogradUse:
    """Which of a convolution's three computations use the algorithm. Depends on shapes and device alone."""

    forward: bool
    input_gradient: bool
    weight_gradient: bool

    @classmethod
    def of(cls, geometry: ConvolutionGeometry, traits: DeviceTraits) -> WinogradUse:
        """The rule: 3 x 3 filters without groups, on a processor, where multiplications dominate the cost."""
        fits = (
            geometry.kernel_size == (3, 3)
            and geometry.unit_stride
            and geometry.dilation == (1, 1)
            and geometry.groups == 1
        )
        if not fits or traits.local_memory == 0 or traits.lanes != traits.width or max(geometry.padding) > 2:
            return cls(False, False, False)
        large, small = geometry.large, geometry.small
        weight_memory = _weight_local_memory(large[0], traits, traits.width)
        return cls(
            _is_cheaper(large[0], small, traits)
            and _local_memory(large[0], _tile(large[0], traits), traits) <= _limit(traits),
            _is_cheaper(small[0], large, traits)
            and _local_memory(small[0], _tile(small[0], traits), traits) <= _limit(traits),
            _is_cheaper(large[0], small, traits) and small[0] >= traits.width and weight_memory <= _limit(traits),
        )

    def border_of_large(self, geometry: ConvolutionGeometry) -> Sides:
        """The zeros that tiles read beyond the large image."""
        if not (self.forward or self.weight_gradient):
            return geometry.border_of_large
        rows, columns = tiles_of(geometry.small)
        return _border(geometry.padding, rows, columns, geometry.large)

    def border_of_small(self, geometry: ConvolutionGeometry) -> Sides:
        """The zeros that tiles read beyond the small image for the input's gradient."""
        if not self.input_gradient:
            return geometry.border_of_small
        rows, columns = tiles_of(geometry.large)
        return _border((2 - geometry.padding[0], 2 - geometry.padding[1]), rows, columns, geometry.small)


def _border(padding: Pair, tile_rows: int, tile_columns: int, image: Shape) -> Sides:
    after = (tile_rows * TILE_SIZE + 2 - padding[0] - image[1], tile_columns * TILE_SIZE + 2 - padding[1] - image[2])
    return padding[0], padding[1], max(after[0], 0), max(after[1], 0)


def _is_cheaper(in_channels: int, result: Shape, traits: DeviceTraits) -> bool:
    """Whether it takes far fewer vector operations than a direct convolution."""
    rows, columns = tiles_of(result)
    fast = rows * columns * (1.15 * PATCH_ELEMENTS * in_channels * result[0] + 250 * in_channels + 180 * result[0])
    return fast < MAX_COST_RATIO * 9 * in_channels * result[0] * result[1] * result[2]


def _limit(traits: DeviceTraits) -> int:
    return min(traits.local_memory, MAX_LOCAL_MEMORY)


@dataclass(frozen=True)
class Tile:
    """What one work item multiplies: so many filters with so many tiles."""

    filters: int
    tiles: int


def _tile(in_channels: int, traits: DeviceTraits) -> Tile:
    wide = Tile(8, 2)
    return (
        wide
        if _local_memory(in_channels, wide, traits) <= min(TWO_TILE_LOCAL_MEMORY, traits.local_memory)
        else Tile(16, 1)
    )


def _local_memory(in_channels: int, tile: Tile, traits: DeviceTraits) -> int:
    return 4 * PATCH_ELEMENTS * traits.lanes * (in_channels * tile.tiles + 1 + tile.filters * tile.tiles)


def transformed_filter_size(geometry: ConvolutionGeometry, traits: DeviceTraits, *, to_small: bool) -> int:
    """The size of the transformed filters."""
    in_channels, out_channels = _channels(geometry, to_small=to_small)
    return PATCH_ELEMENTS * in_channels * -(-out_channels // traits.width) * traits.width


def _channels(geometry: ConvolutionGeometry, *, to_small: bool) -> Pair:
    large, small = geometry.large[0], geometry.small[0]
    return (large, small) if to_small else (small, large)


def winograd_convolution_jobs(
    geometry: ConvolutionGeometry,
    traits: DeviceTraits,
    source: Value,
    weight: KernelArg,
    filters: Region,
    epilogue: Epilogue,
    *,
    to_small: bool,
    bias: KernelArg | None = None,
    pooling: MaxPooling | None = None,
    argmax: KernelArg | None = None,
) -> list[Job]:
    """Transforms the filters, then convolves; see `direct_convolution_job`."""
    in_channels, out_channels = _channels(geometry, to_small=to_small)
    result = geometry.small if to_small else geometry.large
    tile, (tile_rows, tile_columns) = _tile(in_channels, traits), tiles_of(result)
    padding = geometry.padding if to_small else (2 - geometry.padding[0], 2 - geometry.padding[1])
    _, rows, columns = pooling.output_shape(result) if pooling else result
    constants: dict[str, Constant] = {
        "IN_CHANNELS": in_channels,
        "OUT_CHANNELS": out_channels,
        "FILTERS": tile.filters,
        "TILES": tile.tiles,
        "TILE_ROWS": tile_rows,
        "TILE_COLUMNS": tile_columns,
        "ROWS": rows,
        "COLUMNS": columns,
        "PADDING_TOP": padding[0],
        "PADDING_LEFT": padding[1],
        **initial_text(bias),
        **argmax_text(argmax),
    }
    if pooling is not None:
        constants["POOLED"] = 1
    args = [source.arg("x"), KernelArg("filters", filters)]
    args += [arg for arg in (bias.named("bias") if bias else None, argmax) if arg]
    return [
        _filter_transform_job(geometry, traits, weight, filters, to_small=to_small),
        Job(
            "winograd/convolution",
            tuple(args),
            constants,
            tile_rows * -(-tile_columns // tile.tiles),
            epilogue,
            local_memory=_local_memory(in_channels, tile, traits),
            includes=TRANSFORMS,
        ),
    ]


def _filter_transform_job(
    geometry: ConvolutionGeometry, traits: DeviceTraits, weight: KernelArg, filters: Region, *, to_small: bool
) -> Job:
    in_channels, out_channels = _channels(geometry, to_small=to_small)
    strides = geometry.weight_constants(to_small=to_small)
    constants: dict[str, Constant] = {
        "IN_CHANNELS": in_channels,
        "OUT_CHANNELS": out_channels,
        "FLIPPED": int(not to_small),
        "WEIGHT_OUT_STRIDE": strides["WEIGHT_OUT_STRIDE"],
        "WEIGHT_IN_STRIDE": strides["WEIGHT_IN_STRIDE"],
    }
    return Job(
        "winograd/filter_transform",
        (weight.named("weight"), KernelArg("filters", filters, writes=True, reads=False)),
        constants,
        -(-out_channels // traits.width) * in_channels,
        all_blocks=True,
        includes=TRANSFORMS,
    )


def weight_chunks(geometry: ConvolutionGeometry) -> Pair:
    """How many chunks of how many rows of tiles the sum for a weight's gradient is split into."""
    tile_rows, tile_columns = tiles_of(geometry.small)
    rows = min(tile_rows, -(-MIN_TILES // tile_columns))
    return -(-tile_rows // rows), rows


def winograd_weight_gradient_job(
    geometry: ConvolutionGeometry,
    traits: DeviceTraits,
    large: Value,
    small: Value,
    partial: KernelArg,
    bias_partial: KernelArg | None,
) -> Job:
    """The gradients of the weight and the bias."""
    in_channels, out_channels = geometry.large[0], geometry.small[0]
    (tile_rows, tile_columns), (chunks, rows) = tiles_of(geometry.small), weight_chunks(geometry)
    portion = traits.width
    if out_channels > portion and _weight_local_memory(in_channels, traits, 2 * portion) <= _limit(traits):
        portion *= 2
    channels = max(size for size in range(1, 9) if in_channels % size == 0)
    constants: dict[str, Constant] = {
        "IN_CHANNELS": in_channels,
        "OUT_CHANNELS": out_channels,
        "PORTION": portion,
        "CHANNELS": channels,
        "TILE_ROWS": tile_rows,
        "TILE_COLUMNS": tile_columns,
        "CHUNK_ROWS": rows,
        "ROWS": geometry.small[1],
        "COLUMNS": geometry.small[2],
        "PADDING_TOP": geometry.padding[0],
        "PADDING_LEFT": geometry.padding[1],
        "SIZE": aligned(9 * in_channels * out_channels),
        "BIAS_SIZE": aligned(out_channels),
        "HAS_BIAS": int(bias_partial is not None),
    }
    args = [large.arg("x"), small.arg("grad_output"), partial, *([bias_partial] if bias_partial else [])]
    return Job(
        "winograd/weight_gradient",
        tuple(args),
        constants,
        chunks * -(-out_channels // portion),
        local_memory=_weight_local_memory(in_channels, traits, portion),
        includes=TRANSFORMS,
    )


def _weight_local_memory(in_channels: int, traits: DeviceTraits, portion: int) -> int:
    lanes = traits.lanes
    return 4 * PATCH_ELEMENTS * ((in_channels + 1) * lanes + lanes * (portion + 1) + in_channels * portion)
