"""Im2col for images laid out (C, H, W, N): the windows of a convolution as the columns of matrices."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cnnstudio.array import Array
from cnnstudio.engine.memory import Buffer
from cnnstudio.engine.numpy.stage_context import StageContext
from cnnstudio.engine.numpy.window_geometry import WindowGeometry, overlap
from cnnstudio.interruption import check_interrupted

SHORT_ROW = 64  # columns in a row of windows below which one large matrix product beats one for each row
MANY_WEIGHTS = 1 << 16  # weights above which short rows are gathered into one large matrix product
LARGE = 1 << 25  # bytes of a buffer that takes so long to fill that this can be interrupted
SMALL_PRODUCT = 1_000_000  # MACs up to which OpenBLAS multiplies without packing its operands first


class Im2col:
    """Copies windows into columns, one matrix for each row of windows.

    `rows` is (groups, rows, depth, columns); `matrices` is the same with the columns split into blocks, (groups, rows,
    blocks, depth, columns of a block).

    Only the shifts across a row are copied: in the buffer (padded row, shift, channel, place, sample) the kernel rows
    of a row of windows lie one after another, so its matrix is a view, and the views of neighboring rows overlap.
    That copies `kernel width` numbers per pixel instead of `kernel width * kernel height`. Where rows are short, or
    dilation separates the kernel rows, the buffer holds complete windows instead.
    """

    def __init__(
        self, context: StageContext, geometry: WindowGeometry, outputs: int, *, backward: bool, save: bool = False
    ) -> None:
        self.geometry, self.batch = geometry, context.shard.size
        g = geometry
        row = g.count[1] * context.shard.size
        big_weights = row < SHORT_ROW and outputs * g.depth > MANY_WEIGHTS
        self.whole = big_weights or (g.dilation[0] > 1 and g.kernel_size[0] > 1)
        self.direct = (g.kernel_size, g.stride, g.padding, g.count) == ((1, 1), (1, 1), (0, 0), g.image[1:])
        self.blocks = 1
        if not self.whole:
            self.blocks = _blocks(row * g.count[0] if self.direct else row, outputs * g.depth)
        self.buffer: Buffer | None = None
        if not self.direct:
            memory, shape = context.memory, self._buffer_shape()
            self.buffer = memory.saved(shape) if save else memory.scratch(shape, backward=backward)
        self._is_large = self.buffer is not None and self.buffer.size > LARGE

    def bind(self, source: Array) -> None:
        """Prepare to copy from this array (C, H, W, N)."""
        g = self.geometry
        grouped = source.reshape(g.groups, g.channels, *g.image[1:], self.batch)
        self._copies: list[tuple[Array, Array]] = []
        self._borders: list[Array] = []
        if self.buffer is None:
            self._set_rows(grouped.reshape(g.groups, 1, g.channels, -1))
            return
        target: Array = self.buffer.array
        (self._bind_whole if self.whole else self._bind_rows)(grouped, target)
        shared = self.buffer.arena is not None and self.buffer.arena.shares(self.buffer)
        if not shared:
            self._borders = []  # the arena's zeros are never overwritten

    def fill(self) -> None:
        """Copy the windows of the source's current values."""
        for border in self._borders:
            if self._is_large:
                check_interrupted()
            border.fill(0)
        for target, source in self._copies:
            if self._is_large:
                check_interrupted()
            np.copyto(target, source)

    @property
    def row_count(self) -> int:
        """How many matrices there are for each group."""
        return 1 if self.direct or self.whole else self.geometry.count[0]

    def row_output(self, output: Array) -> Array:
        """A view (groups, rows, channels, columns) of an array (channels, H, W, N) with one number per window."""
        g = self.geometry
        channels = output.shape[0] // g.groups
        if self.row_count == 1:
            return output.reshape(g.groups, 1, channels, -1)
        return output.reshape(g.groups, channels, g.count[0], -1).transpose(0, 2, 1, 3)

    def split_output(self, output: Array) -> Array:
        """The same, split into blocks as `matrices` is."""
        return split(self.row_output(output), self.blocks)

    def _set_rows(self, rows: Array) -> None:
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
        to_rows, from_rows = overlap(height, rows, 1, -g.padding[0])
        self._borders += [target[:, : to_rows.start], target[:, to_rows.stop :]]
        by_row = source.transpose(0, 2, 1, 3, 4)
        for shift in range(g.kernel_size[1]):
            to, found = overlap(g.image[2], g.count[1], g.stride[1], shift * g.dilation[1] - g.padding[1])
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
        self._set_rows(matrices)

    def _bind_whole(self, source: Array, target: Array) -> None:
        g = self.geometry
        for i in range(g.kernel_size[0]):
            to_rows, rows = overlap(g.image[1], g.count[0], g.stride[0], i * g.dilation[0] - g.padding[0])
            for j in range(g.kernel_size[1]):
                to, found = overlap(g.image[2], g.count[1], g.stride[1], j * g.dilation[1] - g.padding[1])
                place = target[:, i, j]
                self._borders += [place[:, :, : to_rows.start], place[:, :, to_rows.stop :]]
                self._borders += [place[:, :, to_rows, : to.start], place[:, :, to_rows, to.stop :]]
                self._copies.append((place[:, :, to_rows, to], source[:, :, rows, found]))
        self._borders = [border for border in self._borders if border.size]
        self._set_rows(target.reshape(g.groups, 1, g.depth, -1))


def split(matrices: Array, blocks: int) -> Array:
    """(groups, rows, depth, columns) as (groups, rows, blocks, depth, columns / blocks), without a copy."""
    groups, rows, depth, columns = matrices.shape
    width = columns // blocks
    g, r, d, c = matrices.strides
    return as_strided(matrices, (groups, rows, blocks, depth, width), (g, r, width * c, d, c))


def _blocks(columns: int, cost: int) -> int:
    """How many equal blocks to split a row into so that each product is small; 1 where blocks would get too short."""
    if columns * cost <= SMALL_PRODUCT:
        return 1
    for blocks in range(2, columns // SHORT_ROW + 1):
        if columns % blocks == 0 and columns // blocks * cost <= SMALL_PRODUCT:
            return blocks
    return 1


def _shifted(by_row: Array, g: WindowGeometry, batch: int) -> Array:
    """A view (groups, rows, shift, channel, place, sample) of rows (groups, rows, channel, W, sample)."""
    across = by_row.strides[3]
    offset = by_row[:, :, :, -g.padding[1] :] if g.padding[1] < 0 else by_row
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
