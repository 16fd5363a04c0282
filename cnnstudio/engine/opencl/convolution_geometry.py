"""The geometry of convolutions: which borders they need, and the constants with which kernels find their numbers."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.engine.opencl.job import Constant
from cnnstudio.engine.opencl.layout import NO_BORDER
from cnnstudio.operations import Convolution, Pair, Shape, Sides, TransposedConvolution


@dataclass(frozen=True)
class ConvolutionGeometry:
    """A convolution from a large image to a small one; a transposed convolution goes the other way."""

    large: Shape
    small: Shape
    kernel_size: Pair
    stride: Pair
    padding: Pair  # top and left
    dilation: Pair
    groups: int

    @classmethod
    def of(cls, operation: Convolution | TransposedConvolution, input_shape: Shape) -> ConvolutionGeometry:
        """The geometry of an operation on an input of this shape."""
        output = operation.output_shape(input_shape)
        large, small = (input_shape, output) if isinstance(operation, Convolution) else (output, input_shape)
        padding = (operation.padding[0], operation.padding[1])
        return cls(large, small, operation.kernel_size, operation.stride, padding, operation.dilation, operation.groups)

    @property
    def extent(self) -> Pair:
        """Height and width that the dilated kernel covers, minus one."""
        height, width = self.kernel_size
        return self.dilation[0] * (height - 1), self.dilation[1] * (width - 1)

    @property
    def unit_stride(self) -> bool:
        """Whether the stride is one, so that going from small to large is a direct convolution, too."""
        return self.stride == (1, 1)

    @property
    def border_of_large(self) -> Sides:
        """The zeros that windows read beyond the large image."""
        after = [
            (self.small[1 + axis] - 1) * self.stride[axis]
            + self.extent[axis]
            + 1
            - self.padding[axis]
            - self.large[1 + axis]
            for axis in range(2)
        ]
        return self.padding[0], self.padding[1], max(after[0], 0), max(after[1], 0)

    @property
    def border_of_small(self) -> Sides:
        """The zeros that a direct convolution from small to large reads beyond the small image."""
        if not self.unit_stride:
            return NO_BORDER
        before = [max(self.extent[axis] - self.padding[axis], 0) for axis in range(2)]
        after = [max(self.large[1 + axis] + self.padding[axis] - self.small[1 + axis], 0) for axis in range(2)]
        return before[0], before[1], after[0], after[1]

    @property
    def kernel_area(self) -> int:
        """The weights of one filter on one channel."""
        return self.kernel_size[0] * self.kernel_size[1]

    @property
    def weight_strides(self) -> Pair:
        """Elements of the weight from one channel of the small image to the next, and the same for the large image."""
        return self.large[0] // self.groups * self.kernel_area, self.kernel_area

    def weight_constants(self, *, to_small: bool) -> dict[str, Constant]:
        """How a kernel finds its weights, going to the small or to the large image."""
        of_small, of_large = self.weight_strides
        result, source = (self.small, self.large) if to_small else (self.large, self.small)
        return {
            "IN_CHANNELS": source[0] // self.groups,
            "OUT_CHANNELS": result[0] // self.groups,
            "WEIGHT_GROUP_STRIDE": self.small[0] // self.groups * of_small,
            "WEIGHT_OUT_STRIDE": of_small if to_small else of_large,
            "WEIGHT_IN_STRIDE": of_large if to_small else of_small,
            "KERNEL_HEIGHT": self.kernel_size[0],
            "KERNEL_WIDTH": self.kernel_size[1],
        }

    def to_small_constants(self) -> dict[str, Constant]:
        """Direct convolution of the large image."""
        return self.weight_constants(to_small=True) | {
            "ROWS": self.small[1],
            "COLUMNS": self.small[2],
            "ROW_STRIDE": self.stride[0],
            "COLUMN_STRIDE": self.stride[1],
            "PADDING_TOP": self.padding[0],
            "PADDING_LEFT": self.padding[1],
            "TAP_ROW": self.dilation[0],
            "TAP_COLUMN": self.dilation[1],
        }

    def to_large_constants(self) -> dict[str, Constant]:
        """Direct convolution of the small image, for a stride of one: the taps of the kernel run backward."""
        return self.weight_constants(to_small=False) | {
            "ROWS": self.large[1],
            "COLUMNS": self.large[2],
            "ROW_STRIDE": 1,
            "COLUMN_STRIDE": 1,
            "PADDING_TOP": -self.padding[0],
            "PADDING_LEFT": -self.padding[1],
            "TAP_ROW": -self.dilation[0],
            "TAP_COLUMN": -self.dilation[1],
        }

    def strided_to_large_constants(self) -> dict[str, Constant]:
        """Transposed convolution of the small image, for larger strides."""
        return self.weight_constants(to_small=False) | {
            "ROWS": self.large[1],
            "COLUMNS": self.large[2],
            "X_HEIGHT": self.small[1],
            "X_WIDTH": self.small[2],
            "ROW_STRIDE": self.stride[0],
            "COLUMN_STRIDE": self.stride[1],
            "PADDING_TOP": self.padding[0],
            "PADDING_LEFT": self.padding[1],
            "ROW_DILATION": self.dilation[0],
            "COLUMN_DILATION": self.dilation[1],
        }
