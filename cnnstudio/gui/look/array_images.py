"""Arrays as images: feature maps, filters and vectors, tiled and colormapped."""

from __future__ import annotations

import math
from functools import cache, lru_cache

import numpy as np
from PySide6.QtGui import QImage

from cnnstudio.array import Array

MAX_TILES = 16  # feature maps shown on a node
GAP = 4  # pixels between maps
SATURATED = 0.01  # fraction of a layer's values that may be clipped to full brightness
ONE_ROW = 12  # a vector of at most this length is shown as one row

# Polynomial fit of viridis by Matt Zucker (2017, public domain), lowest power first: red, green, blue.
VIRIDIS = (
    (0.2777273272, 0.1050930431, -0.3308618287, -4.6342304990, 6.2282699000, 4.7763849980, -5.4354558560),
    (0.0054073445, 1.4046135289, 0.2148475596, -5.7991009734, 14.1799333668, -13.7451453773, 4.6458526121),
    (0.3340998053, 1.3845901627, 0.0950951630, -19.3324409563, 56.6905526007, -65.3530326333, 26.3124352496),
)
NEGATIVE, ZERO, POSITIVE = (76, 141, 255), (27, 31, 40), (255, 95, 82)


def tile_columns(count: int) -> int:
    """How many maps go into a row."""
    return min(count, 1 if count == 1 else 3 if count <= 6 else 4)


def tile_grid(shape: tuple[int, ...]) -> tuple[int, int]:
    """Columns and rows of an array's image: maps of a (C, H, W) array, cells of a (features,) vector."""
    if len(shape) == 3:
        shown = min(shape[0], MAX_TILES)
        columns = tile_columns(shown)
        return columns, -(-shown // columns)
    count = shape[0]
    if count <= ONE_ROW:
        return count, 1
    columns = math.ceil(math.sqrt(count * 1.25))
    return columns, -(-count // columns)


def tiled_image_size(shape: tuple[int, ...], width: int) -> tuple[int, int]:
    """Width and height in pixels of an array's image that is `width` wide, or a little less to have whole cells."""
    columns, rows = tile_grid(shape)
    if len(shape) == 3:
        cell = (width - GAP * (columns - 1)) / columns
        height = cell * shape[1] / shape[2]
        return width, max(round(rows * height + GAP * (rows - 1)), 1)
    cell = max(width // columns, 1)
    return cell * columns, min(cell, 14) * rows if rows == 1 else cell * rows


def array_to_image(array: Array, width: int, height: int, *, signed: bool, gap: int = GAP) -> QImage:
    """Feature maps (C, H, W) or a vector (features,) as one image of `width` × `height` pixels with transparent gaps.

    `signed` uses a diverging colormap, blue below and red above zero, otherwise viridis from zero up. All maps share
    one scale.
    """
    if array.ndim == 3:
        array = array[:MAX_TILES, :: max(array.shape[1] // height, 1), :: max(array.shape[2] // width, 1)]
    values = np.append(_colors(array, signed).ravel(), np.uint32(0))  # the last pixel is transparent, for gaps
    return _to_image(values.take(_pixel_indices(array.shape, width, height, gap)))


def pixels_to_qimage(pixels: Array) -> QImage:
    """An image (C, H, W) of uint8, gray for one channel or RGB for three, at its own size."""
    red, green, blue = (pixels[:3] if len(pixels) >= 3 else pixels[[0, 0, 0]]).astype(np.uint32)
    return _to_image(0xFF << 24 | red << 16 | green << 8 | blue)


def filter_tiles(weight: Array) -> Array:
    """A convolution's weight (filters, C, kh, kw) averaged over its channels: (filters, kh, kw)."""
    tiles: Array = weight.mean(axis=1)
    return tiles


@lru_cache(maxsize=64)
def _pixel_indices(shape: tuple[int, ...], width: int, height: int, gap: int) -> Array:
    """For each pixel (height, width), the flat index of the array's value that it shows; -1 in gaps."""
    columns, rows = tile_grid(shape)
    if len(shape) == 1:
        y, x = np.arange(height) * rows // height, np.arange(width) * columns // width
        cells: Array = y[:, None] * columns + x
        return np.where(cells < shape[0], cells, -1).astype(np.int32)
    indices = np.full((height, width), -1, np.int32)
    count, high, wide = shape
    for index in range(count):
        row, column = divmod(index, columns)
        top, bottom = _span(row, rows, height, gap)
        left, right = _span(column, columns, width, gap)
        y = np.arange(bottom - top) * high // max(bottom - top, 1)
        x = np.arange(right - left) * wide // max(right - left, 1)
        indices[top:bottom, left:right] = (index * high + y[:, None]) * wide + x
    return indices


def _span(index: int, count: int, length: int, gap: int) -> tuple[int, int]:
    """Start and end of tile `index` of `count` along a side of `length` pixels."""
    cell = (length - gap * (count - 1)) / count
    start = index * (cell + gap)
    return round(start), round(start + cell)


def _colors(array: Array, signed: bool) -> Array:
    """Each value's color as 0xAARRGGBB."""
    finite = array if np.isfinite(array).all() else np.nan_to_num(array, nan=0.0, posinf=0.0, neginf=0.0)
    with np.errstate(over="ignore"):  # of values far above the scale, which are clipped
        scaled = finite / _scale(finite)
    index = np.clip(scaled * 127.5 + 128.0, 0.5, 255.0) if signed else np.clip(scaled * 255.0 + 0.5, 0.0, 255.0)
    colors: Array = (_diverging() if signed else _viridis())[index.astype(np.uint8)]
    return colors


def _scale(finite: Array) -> float:
    """The magnitude shown with full brightness: the maximum of a vector, the 99th percentile of maps.

    A single bright pixel would otherwise leave all maps of the layer dark.
    """
    sizes = np.abs(finite).ravel()
    largest = float(sizes.max(initial=0.0)) or 1.0
    rank = int(len(sizes) * SATURATED)
    if finite.ndim == 1 or rank == 0:
        return largest
    return float(np.partition(sizes, -rank)[-rank]) or largest


@cache
def _viridis() -> Array:
    position = np.linspace(0.0, 1.0, 256)
    channels = [np.polynomial.polynomial.polyval(position, np.array(row)) for row in VIRIDIS]
    return _table(np.stack(channels, axis=1) * 255.0)


@cache
def _diverging() -> Array:
    half = np.linspace(0.0, 1.0, 128)[:, None]
    zero = np.array(ZERO, float)
    below = np.array(NEGATIVE) + (zero - np.array(NEGATIVE)) * half
    above = zero + (np.array(POSITIVE) - zero) * half
    return _table(np.concatenate([below, above]))


def _table(rgb: Array) -> Array:
    red, green, blue = np.clip(rgb + 0.5, 0, 255).astype(np.uint32).T
    table: Array = 0xFF << 24 | red << 16 | green << 8 | blue
    return table


def _to_image(pixels: Array) -> QImage:
    """Premultiplied ARGB pixels (H, W) as an image."""
    height, width = pixels.shape
    image = QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    return image.copy()  # the image above does not own its bytes
