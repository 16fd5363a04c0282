"""Jobs of the fast algorithm for filters of 3 x 3, and the rule that says where it pays."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.engine.opencl.convolution_geometry import Windows
from cnnstudio.engine.opencl.convolution_jobs import bias_start, note_text, room
from cnnstudio.engine.opencl.device_traits import Traits
from cnnstudio.engine.opencl.job import Constant, Job, Port, Region, Sink, Value
from cnnstudio.operations import MaxPooling, Pair, Shape, Sides

RESULTS = 4  # rows and columns of a tile
PLACES = 36  # transformed numbers of a tile
LEAST_TILES = 16  # for which sums of products are worth setting up
GAIN = 0.75  # of the plain way's cost that the fast one must stay below
MOST_SCRATCH = 640 << 10
WIDE_SCRATCH = 400 << 10  # up to which two tiles at once stay close to the processor

TRANSFORMS = ("winograd/transforms.cl",)


def tiles_of(shape: Shape) -> Pair:
    """How many rows and columns of tiles a result takes."""
    return -(-shape[1] // RESULTS), -(-shape[2] // RESULTS)


@dataclass(frozen=True)
class Fast:
    """Which of a convolution's three products are computed the fast way. It looks at shapes and device alone."""

    forward: bool
    backward: bool
    weight: bool

    @classmethod
    def of(cls, windows: Windows, traits: Traits) -> Fast:
        """The rule: filters of 3 x 3 that see all channels, on a processor, where multiplications are most of it."""
        fits = windows.kernel_size == (3, 3) and windows.plain and windows.dilation == (1, 1) and windows.groups == 1
        if not fits or traits.scratch == 0 or traits.lanes != traits.width or max(windows.before) > 2:
            return cls(False, False, False)
        large, small = windows.large, windows.small
        weight_scratch = _weight_scratch(large[0], traits, traits.width)
        return cls(
            _pays(large[0], small, traits) and _scratch(large[0], _tile(large[0], traits), traits) <= _limit(traits),
            _pays(small[0], large, traits) and _scratch(small[0], _tile(small[0], traits), traits) <= _limit(traits),
            _pays(large[0], small, traits) and small[0] >= traits.width and weight_scratch <= _limit(traits),
        )

    def border_of_large(self, windows: Windows) -> Sides:
        """The zeros that tiles reach beyond the large image."""
        if not (self.forward or self.weight):
            return windows.border_of_large
        rows, columns = tiles_of(windows.small)
        return _border(windows.before, rows, columns, windows.large)

    def border_of_small(self, windows: Windows) -> Sides:
        """The zeros that tiles reach beyond the small image on the way back."""
        if not self.backward:
            return windows.border_of_small
        rows, columns = tiles_of(windows.large)
        return _border((2 - windows.before[0], 2 - windows.before[1]), rows, columns, windows.small)


def _border(before: Pair, rows: int, columns: int, image: Shape) -> Sides:
    after = (rows * RESULTS + 2 - before[0] - image[1], columns * RESULTS + 2 - before[1] - image[2])
    return before[0], before[1], max(after[0], 0), max(after[1], 0)


def _pays(depth: int, result: Shape, traits: Traits) -> bool:
    """Whether the arithmetic, counted in vector operations, is much less than the plain way's."""
    rows, columns = tiles_of(result)
    fast = rows * columns * (1.15 * PLACES * depth * result[0] + 250 * depth + 180 * result[0])
    return fast < GAIN * 9 * depth * result[0] * result[1] * result[2]


def _limit(traits: Traits) -> int:
    return min(traits.scratch, MOST_SCRATCH)


@dataclass(frozen=True)
class Tile:
    """What one work item multiplies at once: so many filters with so many tiles."""

    filters: int
    tiles: int


def _tile(depth: int, traits: Traits) -> Tile:
    wide = Tile(8, 2)
    return wide if _scratch(depth, wide, traits) <= min(WIDE_SCRATCH, traits.scratch) else Tile(16, 1)


def _scratch(depth: int, tile: Tile, traits: Traits) -> int:
    return 4 * PLACES * traits.lanes * (depth * tile.tiles + 1 + tile.filters * tile.tiles)


def filter_numbers(windows: Windows, traits: Traits, *, to_small: bool) -> int:
    """How many numbers the transformed filters take."""
    depth, planes = _depth_and_planes(windows, to_small=to_small)
    return PLACES * depth * -(-planes // traits.width) * traits.width


def _depth_and_planes(windows: Windows, *, to_small: bool) -> Pair:
    large, small = windows.large[0], windows.small[0]
    return (large, small) if to_small else (small, large)


def fast_slide_jobs(
    windows: Windows,
    traits: Traits,
    source: Value,
    weight: Port,
    filters: Region,
    sink: Sink,
    *,
    to_small: bool,
    bias: Port | None = None,
    pooling: MaxPooling | None = None,
    note: Port | None = None,
) -> list[Job]:
    """Transform the filters, then convolve; as `slide_job` otherwise."""
    depth, planes = _depth_and_planes(windows, to_small=to_small)
    result = windows.small if to_small else windows.large
    tile, (tile_rows, tile_columns) = _tile(depth, traits), tiles_of(result)
    before = windows.before if to_small else (2 - windows.before[0], 2 - windows.before[1])
    strides = windows.weights(to_small=to_small)
    transform: dict[str, Constant] = {
        "DEPTH": depth,
        "PLANES": planes,
        "FLIPPED": int(not to_small),
        "PLANE_WEIGHTS": strides["PLANE_WEIGHTS"],
        "DEPTH_WEIGHTS": strides["DEPTH_WEIGHTS"],
    }
    _, rows, columns = pooling.output_shape(result) if pooling else result
    constants: dict[str, Constant] = {
        "DEPTH": depth,
        "PLANES": planes,
        "FILTERS": tile.filters,
        "TILES": tile.tiles,
        "TILE_ROWS": tile_rows,
        "TILE_COLUMNS": tile_columns,
        "ROWS": rows,
        "COLUMNS": columns,
        "BEFORE_ROWS": before[0],
        "BEFORE_COLUMNS": before[1],
        **bias_start(bias),
        **note_text(note),
    }
    if pooling is not None:
        constants["POOLED"] = 1
    ports = [source.port("x"), Port("filters", filters)]
    ports += [port for port in (bias.named("bias") if bias else None, note) if port]
    portions = -(-planes // traits.width)
    return [
        Job(
            "winograd/filters",
            (weight.named("weight"), Port("filters", filters, writes=True, reads=False)),
            transform,
            portions * depth,
            whole=True,
            includes=TRANSFORMS,
        ),
        Job(
            "winograd/slide",
            tuple(ports),
            constants,
            tile_rows * -(-tile_columns // tile.tiles),
            sink,
            scratch=_scratch(depth, tile, traits),
            includes=TRANSFORMS,
        ),
    ]


def weight_chunks(windows: Windows) -> Pair:
    """How many chunks of how many rows of tiles the gradient of a weight is split into."""
    tile_rows, tile_columns = tiles_of(windows.small)
    rows = min(tile_rows, -(-LEAST_TILES // tile_columns))
    return -(-tile_rows // rows), rows


def fast_weight_job(
    windows: Windows, traits: Traits, large: Value, small: Value, partial: Port, bias_partial: Port | None
) -> Job:
    """The gradient of the weight, and of the bias."""
    depth, planes = windows.large[0], windows.small[0]
    (tile_rows, tile_columns), (chunks, rows) = tiles_of(windows.small), weight_chunks(windows)
    portion = traits.width
    if planes > portion and _weight_scratch(depth, traits, 2 * portion) <= _limit(traits):
        portion *= 2
    channels = max(size for size in range(1, 9) if depth % size == 0)
    constants: dict[str, Constant] = {
        "DEPTH": depth,
        "PLANES": planes,
        "PORTION": portion,
        "CHANNELS": channels,
        "TILE_ROWS": tile_rows,
        "TILE_COLUMNS": tile_columns,
        "CHUNK_ROWS": rows,
        "ROWS": windows.small[1],
        "COLUMNS": windows.small[2],
        "BEFORE_ROWS": windows.before[0],
        "BEFORE_COLUMNS": windows.before[1],
        "SIZE": room(9 * depth * planes),
        "BIAS_SIZE": room(planes),
        "BIASED": int(bias_partial is not None),
    }
    ports = [large.port("x"), small.port("dy"), partial, *([bias_partial] if bias_partial else [])]
    return Job(
        "winograd/weight",
        tuple(ports),
        constants,
        chunks * -(-planes // portion),
        scratch=_weight_scratch(depth, traits, portion),
        includes=TRANSFORMS,
    )


def _weight_scratch(depth: int, traits: Traits, portion: int) -> int:
    lanes = traits.lanes
    return 4 * PLACES * ((depth + 1) * lanes + lanes * (portion + 1) + depth * portion)
