"""The arithmetic of convolutions on a device: which borders they need, and how a kernel slides, spreads and gathers."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.engine.opencl.job import Constant
from cnnstudio.engine.opencl.layout import NO_BORDER
from cnnstudio.operations import Convolution, Pair, Shape, Sides, TransposedConvolution


@dataclass(frozen=True)
class Windows:
    """A convolution from a large image to a small one; a transposed convolution goes the other way."""

    large: Shape
    small: Shape
    kernel_size: Pair
    stride: Pair
    before: Pair
    dilation: Pair
    groups: int

    @classmethod
    def of(cls, operation: Convolution | TransposedConvolution, image: Shape) -> Windows:
        """Those of an operation on an image."""
        output = operation.output_shape(image)
        large, small = (image, output) if isinstance(operation, Convolution) else (output, image)
        before = (operation.padding[0], operation.padding[1])
        return cls(large, small, operation.kernel_size, operation.stride, before, operation.dilation, operation.groups)

    @property
    def reach(self) -> Pair:
        """Height and width that the dilated kernel covers, less one."""
        return tuple(self.dilation[axis] * (self.kernel_size[axis] - 1) for axis in range(2))  # type: ignore[return-value]

    @property
    def plain(self) -> bool:
        """Whether windows are one pixel apart, so that the way back slides as well."""
        return self.stride == (1, 1)

    @property
    def border_of_large(self) -> Sides:
        """The zeros that windows reach beyond the large image."""
        after = [
            (self.small[1 + axis] - 1) * self.stride[axis]
            + self.reach[axis]
            + 1
            - self.before[axis]
            - self.large[1 + axis]
            for axis in range(2)
        ]
        return self.before[0], self.before[1], max(after[0], 0), max(after[1], 0)

    @property
    def border_of_small(self) -> Sides:
        """The zeros that the way back reaches beyond the small image, where it slides."""
        if not self.plain:
            return NO_BORDER
        first = [max(self.reach[axis] - self.before[axis], 0) for axis in range(2)]
        after = [max(self.large[1 + axis] + self.before[axis] - self.small[1 + axis], 0) for axis in range(2)]
        return first[0], first[1], after[0], after[1]

    @property
    def area(self) -> int:
        """Weights of one filter on one channel."""
        return self.kernel_size[0] * self.kernel_size[1]

    @property
    def weight_strides(self) -> Pair:
        """In the weight: from one map of the small image to the next, and from one of the large image's."""
        return self.large[0] // self.groups * self.area, self.area

    def weights(self, *, to_small: bool) -> dict[str, Constant]:
        """How a kernel finds its weights, on the way to the small or to the large image."""
        of_small, of_large = self.weight_strides
        result, source = (self.small, self.large) if to_small else (self.large, self.small)
        return {
            "DEPTH": source[0] // self.groups,
            "PLANES": result[0] // self.groups,
            "GROUP_WEIGHTS": self.small[0] // self.groups * of_small,
            "PLANE_WEIGHTS": of_small if to_small else of_large,
            "DEPTH_WEIGHTS": of_large if to_small else of_small,
            "KERNEL_HEIGHT": self.kernel_size[0],
            "KERNEL_WIDTH": self.kernel_size[1],
        }

    def slide_to_small(self) -> dict[str, Constant]:
        """How windows lie over the large image."""
        return self.weights(to_small=True) | {
            "ROWS": self.small[1],
            "COLUMNS": self.small[2],
            "ROW_STEP": self.stride[0],
            "COLUMN_STEP": self.stride[1],
            "BEFORE_ROWS": self.before[0],
            "BEFORE_COLUMNS": self.before[1],
            "TAP_ROW": self.dilation[0],
            "TAP_COLUMN": self.dilation[1],
        }

    def slide_to_large(self) -> dict[str, Constant]:
        """How, for a stride of one, each pixel of the large image finds the windows that hold it: backwards."""
        return self.weights(to_small=False) | {
            "ROWS": self.large[1],
            "COLUMNS": self.large[2],
            "ROW_STEP": 1,
            "COLUMN_STEP": 1,
            "BEFORE_ROWS": -self.before[0],
            "BEFORE_COLUMNS": -self.before[1],
            "TAP_ROW": -self.dilation[0],
            "TAP_COLUMN": -self.dilation[1],
        }

    def spread_to_large(self) -> dict[str, Constant]:
        """How the small image's numbers spread over the large one for larger strides."""
        return self.weights(to_small=False) | {
            "ROWS": self.large[1],
            "COLUMNS": self.large[2],
            "X_HEIGHT": self.small[1],
            "X_WIDTH": self.small[2],
            "ROW_STRIDE": self.stride[0],
            "COLUMN_STRIDE": self.stride[1],
            "BEFORE_ROWS": self.before[0],
            "BEFORE_COLUMNS": self.before[1],
            "ROW_DILATION": self.dilation[0],
            "COLUMN_DILATION": self.dilation[1],
        }
