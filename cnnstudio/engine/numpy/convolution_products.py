"""The matrix products of a convolution: its output, the gradient of its weight, and the gradient of its input."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.numpy.col2im import Col2im
from cnnstudio.engine.numpy.im2col import Im2col
from cnnstudio.engine.numpy.matrix_product import MatrixProduct
from cnnstudio.engine.numpy.stage_context import StageContext
from cnnstudio.engine.numpy.window_geometry import WindowGeometry, backward_geometry, forward_geometry
from cnnstudio.operations import Convolution, Shape

PARTIAL_SUMS = 1 << 22  # partial weight gradients, in numbers, that are stored before they are summed


class WeightGradient:
    """The gradient of a convolution's weight: the sum over rows of im2col columns times the output's gradient."""

    def __init__(self, context: StageContext, geometry: WindowGeometry, outputs: int, rows: int) -> None:
        self.geometry, self.outputs = geometry, outputs // geometry.groups
        size = geometry.groups * geometry.depth * self.outputs
        self.chunk = max(1, min(rows, PARTIAL_SUMS // size))
        self._partial = context.memory.backward_scratch((geometry.groups, self.chunk, geometry.depth, self.outputs))
        self._sum = context.memory.backward_scratch((geometry.groups, geometry.depth, self.outputs))
        self._addend = context.memory.backward_scratch((geometry.groups, geometry.depth, self.outputs))

    def bind(self, columns: Array, grad_output: Array, grad_weight: Array) -> None:
        """Take the columns (groups, rows, depth, windows), the output's gradient (groups, rows, channels, windows)
        and the array to write, laid out (out, in, kh, kw).
        """
        g = self.geometry
        gradients, partial = grad_output.transpose(0, 1, 3, 2), self._partial.array
        self.sum, self.addend = self._sum.array, self._addend.array
        chunks = [slice(first, first + self.chunk) for first in range(0, columns.shape[1], self.chunk)]
        parts = [partial[:, : columns[:, rows].shape[1]] for rows in chunks]
        self.products = [
            (MatrixProduct(columns[:, rows], gradients[:, rows], part), part)
            for rows, part in zip(chunks, parts, strict=True)
        ]
        shape = (g.groups, *g.kernel_size, g.channels, self.outputs)
        self.ordered = self.sum.reshape(shape).transpose(0, 4, 3, 1, 2)
        self.grad_weight = grad_weight.reshape(self.ordered.shape)

    def compute(self) -> None:
        """Write the gradient."""
        for number, (product, partial) in enumerate(self.products):
            product.compute()
            np.add.reduce(partial, axis=1, out=self.addend if number else self.sum)
            if number:
                np.add(self.sum, self.addend, out=self.sum)
        np.copyto(self.grad_weight, self.ordered)


class ColumnProduct:
    """Weights times im2col columns. The weights (groups, out, in, kh, kw) are reordered to match the columns."""

    def __init__(self, context: StageContext, geometry: WindowGeometry, outputs: int, *, backward: bool) -> None:
        self.geometry = geometry
        shape = (geometry.groups, outputs // geometry.groups, geometry.depth)
        self._ordered = context.memory.scratch(shape, backward=backward)

    def bind(self, weight: Array, columns: Im2col, output: Array) -> None:
        """Take the weight as (groups, out, in, kh, kw), the filled columns and the array to write."""
        g = self.geometry
        source = weight.transpose(0, 1, 3, 4, 2)
        shape = (g.groups, weight.shape[1], g.depth)
        self.copies = [] if source.flags.c_contiguous else [(self._ordered.array.reshape(source.shape), source)]
        ordered = source.reshape(shape) if source.flags.c_contiguous else self._ordered.array
        self.product = MatrixProduct(ordered[:, None, None], columns.matrices, columns.split_output(output))

    def compute(self) -> None:
        """Write the output."""
        for target, source in self.copies:
            np.copyto(target, source)
        self.product.compute()


class InputGradient:
    """The gradient of a convolution's input: a convolution of the output's gradient, or col2im for strides above 1."""

    def __init__(self, context: StageContext, operation: Convolution, image: Shape, shape: Shape) -> None:
        self.operation = operation
        if operation.stride == (1, 1):
            geometry = backward_geometry(operation, image, shape)
            self.columns = Im2col(context, geometry, image[0] // operation.groups, backward=True)
            self.product = ColumnProduct(context, geometry, image[0], backward=True)
        else:
            geometry = forward_geometry(operation, image, shape)
            self.col2im = Col2im(context, geometry, backward=True)
            outputs = shape[0] // operation.groups
            self._ordered = context.memory.backward_scratch((operation.groups, geometry.depth, outputs))

    def bind(self, weight: Array, grad_output: Array, grad_input: Array) -> None:
        """Take the weight (groups, out, in, kh, kw), the output's gradient and the array to write."""
        if self.operation.stride == (1, 1):
            self.columns.bind(grad_output)
            self.product.bind(weight[:, :, :, ::-1, ::-1].transpose(0, 2, 1, 3, 4), self.columns, grad_input)
            return
        self.col2im.bind(grad_input)
        groups, outputs = weight.shape[:2]
        self.weight, self.source = self._ordered.array, weight.transpose(0, 3, 4, 2, 1)
        self.product_of_windows = MatrixProduct(
            self.weight, grad_output.reshape(groups, outputs, -1), self.col2im.matrices
        )

    def compute(self) -> None:
        """Write the input's gradient."""
        if self.operation.stride == (1, 1):
            self.columns.fill()
            self.product.compute()
        else:
            np.copyto(self.weight.reshape(self.source.shape), self.source)
            self.product_of_windows.compute()
            self.col2im.add()
