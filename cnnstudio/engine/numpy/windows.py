"""Sliding windows over images laid out (C, H, W, N), as matrices that BLAS takes without further copies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cnnstudio.array import Array
from cnnstudio.engine.memory import Buffer
from cnnstudio.engine.numpy.stage import Bench
from cnnstudio.operations import Convolution, Pair, Shape

SHORT_ROW = 64  # numbers in a row of windows below which one large matrix product beats one for each row
MANY_WEIGHTS = 1 << 16  # weights above which short rows are gathered in one large matrix product
SMALL_PRODUCT = 1_000_000  # multiply-adds up to which OpenBLAS multiplies without packing its operands first


@dataclass(frozen=True)
class Geometry:
    """Where windows lie: `before` is the border above and to the left, negative where the image is cropped."""

    image: Shape
    kernel_size: Pair
    stride: Pair
    before: Pair
    dilation: Pair
    count: Pair
    groups: int = 1

    @property
    def channels(self) -> int:
        """Channels that one group sees."""
        return self.image[0] // self.groups

    @property
    def depth(self) -> int:
        """Numbers under one window."""
        return self.channels * self.kernel_size[0] * self.kernel_size[1]


def forward_geometry(operation: Convolution, image: Shape, output: Shape) -> Geometry:
    """The windows that a convolution sees."""
    return Geometry(
        image,
        operation.kernel_size,
        operation.stride,
        operation.padding[:2],
        operation.dilation,
        (output[1], output[2]),
        operation.groups,
    )


def backward_geometry(operation: Convolution, image: Shape, output: Shape) -> Geometry:
    """The windows over the output's gradient that give the input's gradient, for a stride of one."""
    before = tuple(
        operation.dilation[axis] * (operation.kernel_size[axis] - 1) - operation.padding[axis] for axis in range(2)
    )
    return Geometry(
        output,
        operation.kernel_size,
        (1, 1),
        (before[0], before[1]),
        operation.dilation,
        (image[1], image[2]),
        operation.groups,
    )


def overlap(size: int, count: int, stride: int, offset: int) -> tuple[slice, slice]:
    """Which of `count` windows find a pixel at `offset` from their start, and the pixels they find.

    Returns slices of equal length: of windows, and of the image of this size.
    """
    first = max(0, -(offset // stride))
    last = min(count - 1, (size - 1 - offset) // stride)
    if last < first:
        return slice(0, 0), slice(0, 0)
    start = first * stride + offset
    return slice(first, last + 1), slice(start, (last * stride + offset) + 1, stride)


class Columns:
    """Copies windows into columns, and shows them as matrices: `rows` is (groups, rows, depth, columns), `matrices`
    the same with the columns cut into blocks, (groups, rows, blocks, depth, columns of a block).

    Only the shifts across a row are copied: a buffer (padded row, shift, channel, place, sample) holds, for one row
    of windows, all kernel rows one after another, so the matrix of each row of windows is a view and the views of
    neighbouring rows overlap. That copies `kernel width` numbers for each pixel instead of the whole kernel's.
    Where rows are short, or kernel rows are apart (dilation), the buffer holds complete windows instead.
    """

    def __init__(self, bench: Bench, geometry: Geometry, outputs: int, *, backward: bool, keep: bool = False) -> None:
        self.geometry, self.batch = geometry, bench.batch
        g = geometry
        row = g.count[1] * bench.batch
        big_weights = row < SHORT_ROW and outputs * g.depth > MANY_WEIGHTS
        self.whole = big_weights or (g.dilation[0] > 1 and g.kernel_size[0] > 1)
        self.direct = (g.kernel_size, g.stride, g.before, g.count) == ((1, 1), (1, 1), (0, 0), g.image[1:])
        self.blocks = 1
        if not self.whole:
            self.blocks = _blocks(row * g.count[0] if self.direct else row, outputs * g.depth)
        self.buffer: Buffer | None = None
        if not self.direct:
            ask = bench.kept if keep else bench.backward_scratch if backward else bench.forward_scratch
            self.buffer = ask(self._buffer_shape())

    @property
    def bytes(self) -> int:
        """What the copy takes."""
        return self.buffer.size if self.buffer else 0

    def bind(self, source: Array) -> None:
        """Prepare the copies from this array (C, H, W, N)."""
        g = self.geometry
        grouped = source.reshape(g.groups, g.channels, *g.image[1:], self.batch)
        self._copies: list[tuple[Array, Array]] = []
        self._borders: list[Array] = []
        if self.buffer is None:
            self._show(grouped.reshape(g.groups, 1, g.channels, -1))
            return
        target: Array = self.buffer.array
        (self._bind_whole if self.whole else self._bind_rows)(grouped, target)
        shared = self.buffer.arena is not None and self.buffer.arena.shares(self.buffer)
        if not shared:
            self._borders = []  # the arena's zeros stay

    def fill(self) -> None:
        """Copy the windows of what the source now holds."""
        for border in self._borders:
            border.fill(0)
        for target, source in self._copies:
            np.copyto(target, source)

    @property
    def row_count(self) -> int:
        """How many matrices the windows of one group make."""
        return 1 if self.direct or self.whole else self.geometry.count[0]

    def row_output(self, output: Array) -> Array:
        """An array (channels, H, W, N) with one number a window, shown as (groups, rows, channels, columns)."""
        g = self.geometry
        channels = output.shape[0] // g.groups
        if self.row_count == 1:
            return output.reshape(g.groups, 1, channels, -1)
        return output.reshape(g.groups, channels, g.count[0], -1).transpose(0, 2, 1, 3)

    def split_output(self, output: Array) -> Array:
        """The same, cut into blocks as `matrices` is."""
        return split(self.row_output(output), self.blocks)

    def _show(self, rows: Array) -> None:
        self.rows = rows
        self.matrices = split(rows, self.blocks)

    def _buffer_shape(self) -> tuple[int, ...]:
        g = self.geometry
        if self.whole:
            return (g.groups, *g.kernel_size, g.channels, *g.count, self.batch)
        rows = (g.count[0] - 1) * g.stride[0] + g.kernel_size[0]
        return (g.groups, rows, g.kernel_size[1], g.channels, g.count[1], self.batch)

    def _bind_rows(self, source: Array, target: Array) -> None:
        g = self.geometry
        rows, height = target.shape[1], g.image[1]
        to_rows, from_rows = overlap(height, rows, 1, -g.before[0])
        self._borders += [target[:, : to_rows.start], target[:, to_rows.stop :]]
        by_row = source.transpose(0, 2, 1, 3, 4)
        for shift in range(g.kernel_size[1]):
            to, found = overlap(g.image[2], g.count[1], g.stride[1], shift * g.dilation[1] - g.before[1])
            self._borders += [target[:, to_rows, shift, :, : to.start], target[:, to_rows, shift, :, to.stop :]]
            self._copies.append((target[:, to_rows, shift, :, to], by_row[:, from_rows, :, found]))
        self._borders = [border for border in self._borders if border.size]
        if not self._borders:
            self._copies = [(target, _shifted(by_row[:, from_rows], g, self.batch))]
        strides = target.strides
        matrices = as_strided(
            target,
            (g.groups, g.count[0], g.depth, g.count[1] * self.batch),
            (strides[0], g.stride[0] * strides[1], strides[3], target.itemsize),
        )
        self._show(matrices)

    def _bind_whole(self, source: Array, target: Array) -> None:
        g = self.geometry
        for i in range(g.kernel_size[0]):
            to_rows, rows = overlap(g.image[1], g.count[0], g.stride[0], i * g.dilation[0] - g.before[0])
            for j in range(g.kernel_size[1]):
                to, found = overlap(g.image[2], g.count[1], g.stride[1], j * g.dilation[1] - g.before[1])
                place = target[:, i, j]
                self._borders += [place[:, :, : to_rows.start], place[:, :, to_rows.stop :]]
                self._borders += [place[:, :, to_rows, : to.start], place[:, :, to_rows, to.stop :]]
                self._copies.append((place[:, :, to_rows, to], source[:, :, rows, found]))
        self._borders = [border for border in self._borders if border.size]
        self._show(target.reshape(g.groups, 1, g.depth, -1))


class Stamps:
    """The transpose of Columns: adds each window's column of numbers onto the image at the window's place."""

    def __init__(self, bench: Bench, geometry: Geometry, *, backward: bool) -> None:
        self.geometry, self.batch = geometry, bench.batch
        g = geometry
        ask = bench.backward_scratch if backward else bench.forward_scratch
        self.buffer = ask((g.groups, *g.kernel_size, g.channels, *g.count, bench.batch))

    def bind(self, image: Array) -> None:
        """Prepare the additions onto this array (C, H, W, N)."""
        g = self.geometry
        stamps: Array = self.buffer.array
        grouped = image.reshape(g.groups, g.channels, *g.image[1:], self.batch)
        self._image = image
        self.matrices = stamps.reshape(g.groups, g.depth, -1)
        self._additions: list[tuple[Array, Array]] = []
        for i in range(g.kernel_size[0]):
            windows, rows = overlap(g.image[1], g.count[0], g.stride[0], i * g.dilation[0] - g.before[0])
            for j in range(g.kernel_size[1]):
                across, columns = overlap(g.image[2], g.count[1], g.stride[1], j * g.dilation[1] - g.before[1])
                self._additions.append((grouped[:, :, rows, columns], stamps[:, i, j][:, :, windows, across]))

    def add(self) -> None:
        """Write the sum of all stamps."""
        self._image.fill(0)
        for target, stamp in self._additions:
            np.add(target, stamp, out=target)


def split(matrices: Array, blocks: int) -> Array:
    """(groups, rows, depth, columns) as (groups, rows, blocks, depth, columns / blocks), without a copy."""
    groups, rows, depth, columns = matrices.shape
    width = columns // blocks
    g, r, d, c = matrices.strides
    return as_strided(matrices, (groups, rows, blocks, depth, width), (g, r, width * c, d, c))


def _blocks(columns: int, cost: int) -> int:
    """Into how many equal blocks to cut a row so that each product stays small; 1 where that would cut too fine."""
    if columns * cost <= SMALL_PRODUCT:
        return 1
    for blocks in range(2, columns // SHORT_ROW + 1):
        if columns % blocks == 0 and columns // blocks * cost <= SMALL_PRODUCT:
            return blocks
    return 1


def _shifted(by_row: Array, g: Geometry, batch: int) -> Array:
    """A view (groups, rows, shift, channel, place, sample) of rows (groups, rows, channel, W, sample)."""
    across = by_row.strides[3]
    offset = by_row[:, :, :, -g.before[1] :] if g.before[1] < 0 else by_row
    return as_strided(
        offset,
        (g.groups, by_row.shape[1], g.kernel_size[1], g.channels, g.count[1], batch),
        (
            by_row.strides[0],
            by_row.strides[1],
            g.dilation[1] * across,
            by_row.strides[2],
            g.stride[1] * across,
            by_row.strides[4],
        ),
    )
