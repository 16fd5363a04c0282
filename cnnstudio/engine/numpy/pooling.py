"""Stages that pool and enlarge maps."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.numpy.stage import Bench, Stage
from cnnstudio.engine.numpy.windows import overlap
from cnnstudio.operations import AveragePooling, MaxPooling, Pooling, Shape, Upsampling

Place = tuple[slice, slice, slice]  # channels, rows, columns


def taps(operation: Pooling, image: Shape, output: Shape) -> list[tuple[Place, Place]]:
    """For each place in the window: where its pixels lie, and the outputs whose windows hold them."""
    everything = slice(None)
    found = []
    for i in range(operation.pool_size[0]):
        windows, rows = overlap(image[1], output[1], operation.stride[0], i - operation.padding[0])
        for j in range(operation.pool_size[1]):
            across, columns = overlap(image[2], output[2], operation.stride[1], j - operation.padding[1])
            if windows.stop > windows.start and across.stop > across.start:
                found.append(((everything, rows, columns), (everything, windows, across)))
    return found


def pooled_part(operation: Pooling, image: Shape) -> Shape:
    """The image without the last rows and columns where no window holds them."""
    counts = operation.output_shape(image)[1:]
    ends = [
        (counts[axis] - 1) * operation.stride[axis] + operation.pool_size[axis] - operation.padding[axis]
        for axis in range(2)
    ]
    return image[0], min(ends[0], image[1]), min(ends[1], image[2])


class TiledMax:
    """Max pooling by windows of 2 x 2 that tile the image: rows of pairs, then pairs of rows."""

    needs_input = False

    def __init__(self, bench: Bench, image: Shape, shape: Shape) -> None:
        self._rows, self._columns = 2 * shape[1], 2 * shape[2]
        half = bench.full((shape[0], self._rows, shape[2]))
        self._half = bench.kept(half)
        self._left = bench.kept(half, bool)
        self._upper = bench.kept(bench.full(shape), bool)
        self.learning = bench.learning

    def bind(self, x: Array, y: Array, dx: Array | None, dy: Array) -> None:
        """Take the input, the output and their gradients."""
        self.y, self.dx, self.dy = y, dx, dy
        self.half, self.left, self.upper = self._half.array, self._left.array, self._upper.array
        self.half_pair = self.half[:, ::2], self.half[:, 1::2]
        self.x_pair = self._pair(x)
        if dx is not None:
            self.dx_pair = self._pair(dx)
            edges = dx[:, self._rows :], dx[:, :, self._columns :]
            self.edges = [edge for edge in edges if edge.size]

    def _pair(self, x: Array) -> tuple[Array, Array]:
        return x[:, : self._rows, : self._columns : 2], x[:, : self._rows, 1 : self._columns : 2]

    def forward(self) -> None:
        """y = the largest of each window"""
        left, right = self.x_pair
        upper, lower = self.half_pair
        np.maximum(left, right, out=self.half)
        np.maximum(upper, lower, out=self.y)
        if self.learning:
            np.greater_equal(left, right, out=self.left)
            np.greater_equal(upper, lower, out=self.upper)

    def backward(self) -> None:
        """dx = dy where the largest was, 0 elsewhere."""
        (upper, lower), (left, right) = self.half_pair, self.dx_pair
        np.multiply(self.dy, self.upper, out=upper)
        np.subtract(self.dy, upper, out=lower)
        np.multiply(self.half, self.left, out=left)
        np.subtract(self.half, left, out=right)
        for edge in self.edges:
            edge.fill(0)


class SlidingMax:
    """Max pooling by any windows, one pass for each place in the window."""

    needs_input = True

    def __init__(self, bench: Bench, operation: MaxPooling, image: Shape, shape: Shape) -> None:
        self._taps = taps(operation, image, shape)
        full = bench.full(shape)
        self._rest = bench.backward_scratch(full)
        self._share = bench.backward_scratch(full)
        self._found = bench.backward_scratch(full, bool)

    def bind(self, x: Array, y: Array, dx: Array | None, dy: Array) -> None:
        """Take the input, the output and their gradients."""
        self.y, self.dx, self.dy = y, dx, dy
        self.rest, share, found = self._rest.array, self._share.array, self._found.array
        self.forward_taps = [(x[pixels], y[outputs]) for pixels, outputs in self._taps]
        if dx is not None:
            self.backward_taps = [
                (x[pixels], y[outputs], dx[pixels], self.rest[outputs], share[outputs], found[outputs])
                for pixels, outputs in self._taps
            ]

    def forward(self) -> None:
        """y = the largest of each window"""
        self.y.fill(-np.inf)
        for x, y in self.forward_taps:
            np.maximum(y, x, out=y)

    def backward(self) -> None:
        """dx = dy where the largest was, 0 elsewhere; overlapping windows add up."""
        assert self.dx is not None
        np.copyto(self.rest, self.dy)
        self.dx.fill(0)
        for x, y, dx, rest, share, found in self.backward_taps:
            np.equal(x, y, out=found)
            np.multiply(rest, found, out=share)
            np.subtract(rest, share, out=rest)
            np.add(dx, share, out=dx)


def max_pass(bench: Bench, operation: MaxPooling, image: Shape, shape: Shape) -> TiledMax | SlidingMax:
    """The way to pool that suits the window."""
    window = (operation.pool_size, operation.stride, operation.padding, operation.overhang)
    if window == ((2, 2), (2, 2), (0, 0, 0, 0), (0, 0)):
        return TiledMax(bench, image, shape)
    return SlidingMax(bench, operation, image, shape)


class MaxPoolingStage(Stage):
    """Max pooling on its own."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        assert isinstance(bench.operation, MaxPooling)
        self.pool = max_pass(bench, bench.operation, bench.shapes[0], bench.shape)

    def bind(self) -> None:
        super().bind()
        self.pool.bind(self.x, self.y, self.dx, self.dy)

    def forward(self) -> None:
        self.pool.forward()

    def backward(self) -> None:
        if self.dx is not None:
            self.pool.backward()


class AveragePoolingStage(Stage):
    """The mean under each window."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        assert isinstance(bench.operation, AveragePooling)
        self.operation = bench.operation
        self.whole = bench.shape[1:] == (1, 1) and self.operation.pool_size == bench.shapes[0][1:]
        self._share = bench.backward_scratch(bench.full(bench.shape))

    def bind(self) -> None:
        super().bind()
        image, shape = self.bench.shapes[0], self.bench.shape
        self.scale = (1.0 / _counts(self.operation, image, shape)).astype(self.bench.dtype)
        self.share = self._share.array
        self.flat = self.x.reshape(image[0], -1, self.bench.batch)
        self.flat_y = self.y.reshape(shape[0], -1, self.bench.batch)[:, 0]
        places = taps(self.operation, image, shape)
        self.forward_taps = [(self.x[pixels], self.y[outputs]) for pixels, outputs in places]
        if self.dx is not None:
            self.backward_taps = [(self.dx[pixels], self.share[outputs]) for pixels, outputs in places]

    def forward(self) -> None:
        if self.whole:
            np.add.reduce(self.flat, axis=1, out=self.flat_y)
        else:
            self.y.fill(0)
            for x, y in self.forward_taps:
                np.add(y, x, out=y)
        np.multiply(self.y, self.scale, out=self.y)

    def backward(self) -> None:
        if self.dx is None:
            return
        np.multiply(self.dy, self.scale, out=self.share)
        if self.whole:
            np.copyto(self.dx, self.share)
            return
        self.dx.fill(0)
        for dx, share in self.backward_taps:
            np.add(dx, share, out=dx)


class UpsamplingStage(Stage):
    """Enlarge rows and columns by a matrix each: repetition or linear interpolation."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        assert isinstance(bench.operation, Upsampling)
        self.operation = bench.operation
        channels, _, width = bench.shapes[0]
        tall = bench.full((channels, bench.shape[1], width))
        self._tall = bench.forward_scratch(tall)
        self._dtall = bench.backward_scratch(tall)

    def bind(self) -> None:
        super().bind()
        b, (scale_high, scale_wide) = self.bench, self.operation.scale
        _, height, width = b.shapes[0]
        high = _enlarging(height, scale_high, self.operation.mode).astype(b.dtype)
        wide = _enlarging(width, scale_wide, self.operation.mode).astype(b.dtype)
        self.steps = _products(high, wide, self.x, self._tall.array, self.y)
        if self.dx is not None:
            last, first = _products(high, wide, self.dx, self._dtall.array, self.dy)
            self.back = [(matrix.T, result, source) for matrix, source, result in (first, last)]

    def forward(self) -> None:
        for matrix, source, result in self.steps:
            np.matmul(matrix, source, out=result)

    def backward(self) -> None:
        if self.dx is not None:
            for matrix, source, result in self.back:
                np.matmul(matrix, source, out=result)


def _products(high: Array, wide: Array, x: Array, tall: Array, y: Array) -> list[tuple[Array, Array, Array]]:
    """The two matrix products, over rows and then over columns: (matrix, source, result) with shared axes first."""
    channels, height, width, batch = x.shape
    rows = (high, x.reshape(channels, height, width * batch), tall.reshape(channels, -1, width * batch))
    columns = (wide, tall.reshape(-1, width, batch), y.reshape(-1, y.shape[2], batch))
    return [rows, columns]


def _enlarging(size: int, scale: int, mode: str) -> Array:
    """A matrix (size * scale, size) that enlarges a column of pixels, each row summing to one."""
    places = np.arange(size * scale)
    matrix = np.zeros((size * scale, size))
    if mode == "nearest":
        matrix[places, places // scale] = 1.0
        return matrix
    source = np.clip((places + 0.5) / scale - 0.5, 0, size - 1)
    lower = np.floor(source).astype(int)
    upper = np.minimum(lower + 1, size - 1)
    np.add.at(matrix, (places, lower), 1.0 - (source - lower))
    np.add.at(matrix, (places, upper), source - lower)
    return matrix


def _counts(operation: AveragePooling, image: Shape, shape: Shape) -> Array:
    """How many pixels each window averages, as (1, H, W, 1)."""
    top, left, bottom, right = operation.padding if operation.count_padding else (0, 0, 0, 0)
    sides = []
    for axis, (before, after) in enumerate(((top, bottom), (left, right))):
        start = np.arange(shape[1 + axis]) * operation.stride[axis] - operation.padding[axis]
        end = np.minimum(start + operation.pool_size[axis], image[1 + axis] + after)
        sides.append(end - np.maximum(start, -before))
    counts: Array = (sides[0][:, None] * sides[1])[None, :, :, None].astype(np.float64)
    return counts
