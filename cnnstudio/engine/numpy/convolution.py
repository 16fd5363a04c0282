"""Stages that convolve: matrix products over columns of windows, with pooling, bias and activation behind them."""

from __future__ import annotations

from math import prod

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.fusion import Fused
from cnnstudio.engine.numpy.pointwise import ActivationPass
from cnnstudio.engine.numpy.pooling import max_pass, pooled_part
from cnnstudio.engine.numpy.stage import Bench, Stage
from cnnstudio.engine.numpy.windows import (
    Columns,
    Geometry,
    Stamps,
    backward_geometry,
    forward_geometry,
)
from cnnstudio.operations import Convolution, Shape, TransposedConvolution

PARTIAL_SUMS = 1 << 22  # numbers of partial weight gradients that are held before they are added up


class WeightProduct:
    """The gradient of a convolution's weight: columns of windows times gradients of their outputs, added up."""

    def __init__(self, bench: Bench, geometry: Geometry, outputs: int, rows: int) -> None:
        self.geometry, self.outputs = geometry, outputs // geometry.groups
        size = geometry.groups * geometry.depth * self.outputs
        self.chunk = max(1, min(rows, PARTIAL_SUMS // size))
        self._partial = bench.backward_scratch((geometry.groups, self.chunk, geometry.depth, self.outputs))
        self._sum = bench.backward_scratch((geometry.groups, geometry.depth, self.outputs))
        self._more = bench.backward_scratch((geometry.groups, geometry.depth, self.outputs))

    def bind(self, columns: Array, outputs: Array, target: Array) -> None:
        """Take (groups, rows, depth, places), (groups, rows, outputs, places) and the gradient to write (OIHW)."""
        g = self.geometry
        gradients, partial = outputs.transpose(0, 1, 3, 2), self._partial.array
        self.sum, self.more = self._sum.array, self._more.array
        chunks = [slice(first, first + self.chunk) for first in range(0, columns.shape[1], self.chunk)]
        self.products = [
            (columns[:, rows], gradients[:, rows], partial[:, : columns[:, rows].shape[1]]) for rows in chunks
        ]
        shape = (g.groups, *g.kernel_size, g.channels, self.outputs)
        self.ordered = self.sum.reshape(shape).transpose(0, 4, 3, 1, 2)
        self.target = target.reshape(self.ordered.shape)

    def compute(self) -> None:
        """Write the gradient."""
        for number, (columns, gradients, partial) in enumerate(self.products):
            np.matmul(columns, gradients, out=partial)
            np.add.reduce(partial, axis=1, out=self.more if number else self.sum)
            if number:
                np.add(self.sum, self.more, out=self.sum)
        np.copyto(self.target, self.ordered)


class ColumnProduct:
    """Weights times columns of windows. The weights (groups, out, in, kh, kw) are reordered to the columns' order."""

    def __init__(self, bench: Bench, geometry: Geometry, outputs: int, *, backward: bool) -> None:
        self.geometry = geometry
        ask = bench.backward_scratch if backward else bench.forward_scratch
        self._ordered = ask((geometry.groups, outputs // geometry.groups, geometry.depth))

    def bind(self, weight: Array, columns: Columns, output: Array) -> None:
        """Take the weight as (groups, out, in, kh, kw), the filled columns and the array to write."""
        g = self.geometry
        source = weight.transpose(0, 1, 3, 4, 2)
        shape = (g.groups, weight.shape[1], g.depth)
        self.copies = [] if source.flags.c_contiguous else [(self._ordered.array.reshape(source.shape), source)]
        ordered = source.reshape(shape) if source.flags.c_contiguous else self._ordered.array
        self.weight = ordered[:, None, None]
        self.columns = columns.matrices
        self.output = columns.split_output(output)

    def compute(self) -> None:
        """Write the output."""
        for target, source in self.copies:
            np.copyto(target, source)
        np.matmul(self.weight, self.columns, out=self.output)


class InputProduct:
    """The gradient of a convolution's input from its output's: by windows over it, or by stamps for larger strides."""

    def __init__(self, bench: Bench, operation: Convolution, image: Shape, shape: Shape) -> None:
        self.operation = operation
        if operation.stride == (1, 1):
            geometry = backward_geometry(operation, image, shape)
            self.columns = Columns(bench, geometry, image[0] // operation.groups, backward=True)
            self.product = ColumnProduct(bench, geometry, image[0], backward=True)
        else:
            geometry = forward_geometry(operation, image, shape)
            self.stamps = Stamps(bench, geometry, backward=True)
            outputs = shape[0] // operation.groups
            self._ordered = bench.backward_scratch((operation.groups, geometry.depth, outputs))

    def bind(self, weight: Array, dy: Array, dx: Array) -> None:
        """Take the weight (groups, out, in, kh, kw), the output's gradient and the array to write."""
        if self.operation.stride == (1, 1):
            self.columns.bind(dy)
            self.product.bind(weight[:, :, :, ::-1, ::-1].transpose(0, 2, 1, 3, 4), self.columns, dx)
            return
        self.stamps.bind(dx)
        groups, outputs = weight.shape[:2]
        self.weight, self.source = self._ordered.array, weight.transpose(0, 3, 4, 2, 1)
        self.dy = dy.reshape(groups, outputs, -1)

    def compute(self) -> None:
        """Write the input's gradient."""
        if self.operation.stride == (1, 1):
            self.columns.fill()
            self.product.compute()
        else:
            np.copyto(self.weight.reshape(self.source.shape), self.source)
            np.matmul(self.weight, self.dy, out=self.stamps.matrices)
            self.stamps.add()


class ConvolutionStage(Stage):
    """A convolution, then max pooling, bias and activation where the program has joined them to it."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        assert isinstance(bench.operation, Fused)
        assert isinstance(bench.operation.head, Convolution)
        self.head, fused, image = bench.operation.head, bench.operation, bench.shapes[0]
        self.raw_shape = self.head.output_shape(image)
        if fused.pool:
            self.raw_shape = pooled_part(fused.pool, self.raw_shape)
        geometry = forward_geometry(self.head, image, self.raw_shape)
        filters = self.head.filters
        keep = bench.learning and bench.roomy
        self.columns = Columns(bench, geometry, filters // self.head.groups, backward=False, keep=keep)
        self.product = ColumnProduct(bench, geometry, filters, backward=False)
        self.pool = max_pass(bench, fused.pool, image=self.raw_shape, shape=bench.shape) if fused.pool else None
        self.act = ActivationPass(bench, fused.activation, bench.shape) if fused.activation else None
        learns_bias = bench.learning and "bias" in bench.weights
        self._ones = bench.constant((prod(bench.full(bench.shape[1:])),)) if learns_bias else None
        self._declare_pool(bench)
        self._declare_backward(bench, geometry, image)

    def _declare_pool(self, bench: Bench) -> None:
        full = bench.full(self.raw_shape)
        self._raw = self._pooled = self._draw = None
        if self.pool is None:
            return
        self._raw = bench.kept(full) if self.pool.needs_input else bench.forward_scratch(full)
        self._pooled = bench.kept(bench.full(bench.shape)) if self.pool.needs_input else None
        self._draw = bench.backward_scratch(full) if bench.learning else None

    def _declare_backward(self, bench: Bench, geometry: Geometry, image: Shape) -> None:
        self.to_weight: WeightProduct | None = None
        self.to_input: InputProduct | None = None
        self.again: Columns | None = None  # the forward columns, copied anew where memory is scarce
        if bench.learning and bench.learns_weight:
            self.to_weight = WeightProduct(bench, geometry, self.head.filters, self.columns.row_count)
            if not bench.roomy:
                self.again = Columns(bench, geometry, self.head.filters // self.head.groups, backward=True)
        if bench.learning and bench.gradients[0] is not None:
            self.to_input = InputProduct(bench, self.head, image, self.raw_shape)

    def bind(self) -> None:
        super().bind()
        g = self.head.groups
        self.dweight, self.dbias = self.bench.weight_gradient("weight"), self.bench.weight_gradient("bias")
        weight = self.bench.weights["weight"]
        grouped = weight.reshape(g, -1, *weight.shape[1:])
        bias = self.bench.weights.get("bias")
        self.bias = None if bias is None else bias.reshape(-1, 1, 1, 1)
        raw = self._raw.array if self._raw else self.y
        draw = self._draw.array if self._draw else self.dy
        self.pooled = self._pooled.array if self._pooled else self.y
        self.columns.bind(self.x)
        self.product.bind(grouped, self.columns, raw)
        if self.pool:
            self.pool.bind(raw, self.pooled, draw, self.dy)
        if self.act:
            self.act.bind(self.y, self.y, self.dy)
        if self.again:
            self.again.bind(self.x)
        if self.to_weight and self.dweight is not None:
            columns = self.again or self.columns
            self.to_weight.bind(columns.rows, columns.row_output(draw), self.dweight)
        if self.to_input and self.dx is not None:
            self.to_input.bind(grouped, draw, self.dx)
        self.flat_dy = self.dy.reshape(self.head.filters, -1)
        if self._ones:
            self.ones = self._ones.array
            self.ones.fill(1)

    def forward(self) -> None:
        self.columns.fill()
        self.product.compute()
        if self.pool:
            self.pool.forward()
        if self.bias is not None:
            np.add(self.pooled, self.bias, out=self.y)
        elif self.pooled is not self.y:
            np.copyto(self.y, self.pooled)
        if self.act:
            self.act.forward()

    def backward(self) -> None:
        if self.act:
            self.act.backward()
        if self.dbias is not None:
            np.dot(self.flat_dy, self.ones, out=self.dbias)
        if self.to_weight is None and self.to_input is None:
            return
        if self.pool:
            self.pool.backward()
        if self.to_weight:
            if self.again:
                self.again.fill()
            self.to_weight.compute()
        if self.to_input:
            self.to_input.compute()


class TransposedConvolutionStage(Stage):
    """Stamps forward; the way back is a convolution of the output's gradient."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        assert isinstance(bench.operation, TransposedConvolution)
        op, image = bench.operation, bench.shapes[0]
        self.groups, self.channels = op.groups, image[0]
        self.geometry = Geometry(
            bench.shape, op.kernel_size, op.stride, op.padding[:2], op.dilation, (image[1], image[2]), op.groups
        )
        self.stamps = Stamps(bench, self.geometry, backward=False)
        inputs = image[0] // op.groups
        self._ordered = bench.forward_scratch((op.groups, self.geometry.depth, inputs))
        if bench.learning:
            self.columns = Columns(bench, self.geometry, inputs, backward=True)
            self.to_weight = WeightProduct(bench, self.geometry, image[0], self.columns.row_count)
            self.product = ColumnProduct(bench, self.geometry, image[0], backward=True)

    def bind(self) -> None:
        super().bind()
        self.dweight, self.dbias = self.bench.weight_gradient("weight"), self.bench.weight_gradient("bias")
        weight = self.bench.weights["weight"]
        grouped = weight.reshape(self.groups, -1, *weight.shape[1:])  # groups, in, out, kh, kw
        bias = self.bench.weights.get("bias")
        self.bias = None if bias is None else bias.reshape(-1, 1, 1, 1)
        self.stamps.bind(self.y)
        self.source = grouped.transpose(0, 3, 4, 2, 1)
        self.ordered = self._ordered.array
        self.flat_x = self.x.reshape(self.groups, self.channels // self.groups, -1)
        self.flat_dy = self.dy.reshape(len(self.dy), -1)
        if self.bench.learning:
            self.columns.bind(self.dy)
            if self.dweight is not None:
                self.to_weight.bind(self.columns.rows, self.columns.row_output(self.x), self.dweight)
            if self.dx is not None:
                self.product.bind(grouped, self.columns, self.dx)

    def forward(self) -> None:
        np.copyto(self.ordered.reshape(self.source.shape), self.source)
        np.matmul(self.ordered, self.flat_x, out=self.stamps.matrices)
        self.stamps.add()
        if self.bias is not None:
            np.add(self.y, self.bias, out=self.y)

    def backward(self) -> None:
        if self.dbias is not None:
            np.add.reduce(self.flat_dy, axis=1, out=self.dbias)
        self.columns.fill()
        if self.dweight is not None:
            self.to_weight.compute()
        if self.dx is not None:
            self.product.compute()
