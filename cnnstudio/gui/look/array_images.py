"""Arrays as images: feature maps, filters and votes, tiled into one image."""

from __future__ import annotations

import math
from functools import cache, lru_cache

import numpy as np
from PySide6.QtGui import QImage

from cnnstudio.array import Array

MOST_TILES = 16  # maps of a layer that are shown on its node
GAP = 4  # pixels between two maps
BRIGHTEST = 0.01  # share of a layer's pixels that may be shown with full brightness
ONE_ROW = 12  # votes up to which a vector is shown as one row

# Polynomials for viridis by Matt Zucker (2017, public domain), lowest power first: red, green, blue.
VIRIDIS = (
    (0.2777273272, 0.1050930431, -0.3308618287, -4.6342304990, 6.2282699000, 4.7763849980, -5.4354558560),
    (0.0054073445, 1.4046135289, 0.2148475596, -5.7991009734, 14.1799333668, -13.7451453773, 4.6458526121),
    (0.3340998053, 1.3845901627, 0.0950951630, -19.3324409563, 56.6905526007, -65.3530326333, 26.3124352496),
)
NEGATIVE, ZERO, POSITIVE = (76, 141, 255), (27, 31, 40), (255, 95, 82)


def tile_columns(count: int) -> int:
    """How many maps stand side by side."""
    return min(count, 1 if count == 1 else 3 if count <= 6 else 4)


def tile_grid(shape: tuple[int, ...]) -> tuple[int, int]:
    """Columns and rows of what an array of this shape is shown as: maps for (C, H, W), cells for (features,)."""
    if len(shape) == 3:
        shown = min(shape[0], MOST_TILES)
        columns = tile_columns(shown)
        return columns, -(-shown // columns)
    count = shape[0]
    if count <= ONE_ROW:
        return count, 1
    columns = math.ceil(math.sqrt(count * 1.25))
    return columns, -(-count // columns)


def tiled_image_size(shape: tuple[int, ...], width: int) -> tuple[int, int]:
    """Width and height in pixels of the image of an array of this shape, drawn `width` wide or a little less."""
    columns, rows = tile_grid(shape)
    if len(shape) == 3:
        cell = (width - GAP * (columns - 1)) / columns
        height = cell * shape[1] / shape[2]
        return width, max(round(rows * height + GAP * (rows - 1)), 1)
    cell = max(width // columns, 1)
    return cell * columns, min(cell, 14) * rows if rows == 1 else cell * rows


def array_to_image(array: Array, width: int, height: int, *, signed: bool, gap: int = GAP) -> QImage:
    """Feature maps (C, H, W) or values (features,) as one image of this size; the gaps are transparent.

    `signed` colors by blue to red around zero, otherwise by viridis from zero up; one scale for all maps shown.
    """
    if array.ndim == 3:
        array = array[:MOST_TILES, :: max(array.shape[1] // height, 1), :: max(array.shape[2] // width, 1)]
    values = np.append(_colors(array, signed).ravel(), np.uint32(0))  # the last is nothing, for gaps
    return _to_image(values.take(_places(array.shape, width, height, gap)))


def pixels_to_qimage(pixels: Array) -> QImage:
    """An image (C, H, W) uint8, gray for one channel, color for three, one image pixel a pixel."""
    red, green, blue = (pixels[:3] if len(pixels) >= 3 else pixels[[0, 0, 0]]).astype(np.uint32)
    return _to_image(0xFF << 24 | red << 16 | green << 8 | blue)


def filter_tiles(weight: Array) -> Array:
    """A convolution's weight (filters, C, kh, kw) as maps (filters, kh, kw): the mean over the channels."""
    tiles: Array = weight.mean(axis=1)
    return tiles


@lru_cache(maxsize=64)
def _places(shape: tuple[int, ...], width: int, height: int, gap: int) -> Array:
    """Which value of an array of this shape each pixel (height, width) of its image shows; -1 where there is none."""
    columns, rows = tile_grid(shape)
    if len(shape) == 1:
        y, x = np.arange(height) * rows // height, np.arange(width) * columns // width
        cells: Array = y[:, None] * columns + x
        return np.where(cells < shape[0], cells, -1).astype(np.int32)
    places = np.full((height, width), -1, np.int32)
    count, high, wide = shape
    for index in range(count):
        row, column = divmod(index, columns)
        top, bottom = _span(row, rows, height, gap)
        left, right = _span(column, columns, width, gap)
        y = np.arange(bottom - top) * high // max(bottom - top, 1)
        x = np.arange(right - left) * wide // max(right - left, 1)
        places[top:bottom, left:right] = (index * high + y[:, None]) * wide + x
    return places


def _span(index: int, count: int, length: int, gap: int) -> tuple[int, int]:
    """Where tile `index` of `count` begins and ends along a side of this length."""
    cell = (length - gap * (count - 1)) / count
    start = index * (cell + gap)
    return round(start), round(start + cell)


def _colors(array: Array, signed: bool) -> Array:
    """Each value's color as one of Qt's pixels."""
    finite = array if np.isfinite(array).all() else np.nan_to_num(array, nan=0.0, posinf=0.0, neginf=0.0)
    share = finite * (1.0 / _top(finite))
    place = np.clip(share * 127.5 + 128.0, 0.5, 255.0) if signed else np.clip(share * 255.0 + 0.5, 0.0, 255.0)
    found: Array = (_diverging() if signed else _viridis())[place.astype(np.uint8)]
    return found


def _top(finite: Array) -> float:
    """The size of value that is shown brightest: in maps, what all but one in a hundred stay below.

    A single bright pixel would otherwise leave all maps of the layer dark.
    """
    sizes = np.abs(finite).ravel()
    largest = float(sizes.max(initial=0.0)) or 1.0
    rank = int(len(sizes) * BRIGHTEST)
    if finite.ndim == 1 or rank == 0:
        return largest
    return float(np.partition(sizes, -rank)[-rank]) or largest


@cache
def _viridis() -> Array:
    share = np.linspace(0.0, 1.0, 256)
    channels = [np.polynomial.polynomial.polyval(share, np.array(row)) for row in VIRIDIS]
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
    """Pixels (H, W), opaque or all zero, as an image."""
    height, width = pixels.shape
    image = QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    return image.copy()  # the bytes above are Python's
