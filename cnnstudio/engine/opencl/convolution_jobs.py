"""Jobs that convolve: slide windows, spread numbers, gather the gradient of a weight."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.engine.opencl.convolution_geometry import Windows
from cnnstudio.engine.opencl.device_traits import Traits, balanced
from cnnstudio.engine.opencl.job import Constant, Job, Port, Sink, Value
from cnnstudio.operations import MaxPooling

CHUNK_BYTES = 256 << 10  # of a chunk of rows that is read again and again for the gradient of a weight
MOST_PARTS = 1 << 20  # numbers in the parts of a weight's gradient for one block of samples
WHOLE_FROM = 1 << 18  # weights from which their gradient is added up over all blocks at once


@dataclass(frozen=True)
class Tile:
    """What one work item computes at once: so many filters at so many places."""

    filters: int
    spots: int


def default_tile(planes: int, columns: int, most: int) -> Tile:
    """The tile that wastes least: of its loads, of its registers, and at the end of rows and filters."""

    def cost(tile: Tile) -> tuple[float, int]:
        items = -(-planes // tile.filters) * -(-columns // tile.spots)
        return items * max(tile.filters * tile.spots, tile.filters + tile.spots, 8), -tile.filters

    tiles = [
        Tile(balanced(planes, filters), balanced(columns, spots))
        for filters in (1, 2, 3, 4, 6, 8, 12, 16)
        for spots in (1, 2, 3, 4, 6, 7, 8)
    ]
    return min((tile for tile in tiles if tile.filters * tile.spots <= most), key=cost)


def slide_job(
    windows: Windows,
    traits: Traits,
    source: Value,
    weight: Port,
    sink: Sink,
    *,
    to_small: bool,
    bias: Port | None = None,
    pooling: MaxPooling | None = None,
    note: Port | None = None,
    tile: Tile | None = None,
) -> Job:
    """Convolve, with a bias and a max pooling whose windows tile the result; `note` keeps which number won."""
    constants = windows.slide_to_small() if to_small else windows.slide_to_large()
    if pooling is not None:
        constants |= _pooled(windows, pooling)
        spots = pooling.pool_size[0] * pooling.pool_size[1]
        tile = tile or Tile(balanced(int(constants["PLANES"]), max(1, traits.accumulators // spots)), spots)
        across = 1
    else:
        tile = tile or default_tile(int(constants["PLANES"]), int(constants["COLUMNS"]), traits.accumulators)
        across = tile.spots
        constants["SPOT(s_)"] = "((s_) * COLUMN_STEP * X_STEP)"
    planes, columns, rows = (int(constants[name]) for name in ("PLANES", "COLUMNS", "ROWS"))
    ports = [weight.named("weight"), source.port("x"), *_bias_ports(bias)]
    constants |= {
        "FILTERS": tile.filters,
        "SPOTS": tile.spots,
        "ACROSS": across,
        **bias_start(bias),
        **note_text(note),
    }
    if note is not None:
        ports.append(note)
    count = -(-columns // across) * rows * -(-planes // tile.filters) * windows.groups
    return Job("convolution/slide", tuple(ports), constants, count, sink, reuses_weights=False)


def spread_job(
    windows: Windows, traits: Traits, source: Value, weight: Port, sink: Sink, bias: Port | None = None
) -> Job:
    """Go from the small image to the large one by a stride above one."""
    constants = windows.spread_to_large()
    planes, columns, rows = (int(constants[name]) for name in ("PLANES", "COLUMNS", "ROWS"))
    turns = -(-columns // windows.stride[1])
    tile = default_tile(planes, turns, traits.accumulators)
    constants |= {
        "FILTERS": tile.filters,
        "SPOTS": tile.spots,
        "TURNS": -(-turns // tile.spots),
        **bias_start(bias),
    }
    count = windows.stride[1] * -(-turns // tile.spots) * rows * -(-planes // tile.filters) * windows.groups
    ports = (weight.named("weight"), source.port("x"), *_bias_ports(bias))
    return Job("convolution/spread", ports, constants, count, sink)


@dataclass(frozen=True)
class Chunks:
    """Into how many chunks of how many rows the gradient of a weight is split; `whole`: over all blocks at once."""

    count: int
    rows: int
    whole: bool


def chunks_of(windows: Windows, lanes: int) -> Chunks:
    """A rule that looks at shapes alone, so that the order of sums never depends on the batch."""
    size = windows.small[0] * windows.weight_strides[0]
    rows = windows.small[1]
    if size >= WHOLE_FROM:
        return Chunks(1, rows, whole=True)
    row_bytes = 4 * lanes * windows.small[2] * (windows.small[0] + windows.large[0] * windows.stride[0])
    portion = balanced(rows, max(1, CHUNK_BYTES // row_bytes))
    least = balanced(rows, max(1, MOST_PARTS // size))
    portion = max(portion, least)
    return Chunks(-(-rows // portion), portion, whole=False)


def weight_job(
    windows: Windows,
    traits: Traits,
    large: Value,
    small: Value,
    partial: Port,
    bias_partial: Port | None,
    flag: Port,
) -> Job:
    """The gradient of the weight, and of a bias that belongs to the small image."""
    chunks = chunks_of(windows, traits.lanes)
    wide = windows.kernel_size[1]
    depth, planes = windows.large[0] // windows.groups, windows.small[0] // windows.groups
    channels = balanced(depth, max(1, 4 // wide))
    filters = balanced(planes, max(1, min(8, traits.accumulators // (channels * wide))))
    size = windows.small[0] * windows.weight_strides[0]
    constants: dict[str, Constant] = windows.slide_to_small() | {
        "GROUPS": windows.groups,
        "CHANNELS": channels,
        "FILTERS": filters,
        "CHUNK_ROWS": chunks.rows,
        "SIZE": room(size),
        "BIAS_SIZE": room(windows.small[0]),
        "KERNEL_AREA": windows.area,
        "BIASED": int(bias_partial is not None),
        "WHOLE": int(chunks.whole),
    }
    ports = [large.port("x"), small.port("dy"), partial, *([bias_partial] if bias_partial else [])]
    if chunks.whole:
        ports.append(flag)
    items = windows.kernel_size[0] * -(-depth // channels) * -(-planes // filters) * windows.groups
    return Job("convolution/weight", tuple(ports), constants, items * chunks.count, whole=chunks.whole, by_sample=False)


def room(size: int) -> int:
    """How many numbers an array among others takes, so that the next begins on a cache line."""
    return -(-size // 16) * 16


def _pooled(windows: Windows, pooling: MaxPooling) -> dict[str, Constant]:
    """What changes where each place is the largest of a window of places."""
    _, rows, columns = pooling.output_shape(windows.small)
    (high, wide), across = windows.stride, pooling.pool_size[1]
    return {
        "POOLED": 1,
        "ROWS": rows,
        "COLUMNS": columns,
        "ROW_STEP": pooling.stride[0] * high,
        "COLUMN_STEP": pooling.stride[1] * wide,
        "SPOT(s_)": f"((s_) / {across} * {high} * X_ROW + (s_) % {across} * {wide} * X_STEP)",
    }


def _bias_ports(bias: Port | None) -> tuple[Port, ...]:
    return (bias.named("bias"),) if bias else ()


def bias_start(bias: Port | None) -> dict[str, Constant]:
    """What the sums of a plane start from."""
    return {"FIRST(p_)": "(V)(bias[p_])" if bias else "ZERO"}


def note_text(note: Port | None) -> dict[str, Constant]:
    """How a body notes which number of a pooling window was the largest, if it is to."""
    text = f"STORE_AS({note.kind}, v_, {note.name} + AT({note.name.upper()}, c_, h_, w_))" if note else "(void)0"
    return {"NOTE(c_, h_, w_, v_)": text}
