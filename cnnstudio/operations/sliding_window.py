"""How many windows fit in an image: the one formula behind convolution and pooling."""

from __future__ import annotations

from cnnstudio.operations.operation import Pair, Shape, Sides


def count_windows(size: int, window: int, stride: int, before: int, after: int, keep_edge: bool = False) -> int:
    """How many windows fit along one axis: (W - F + 2P) / S + 1, rounded down (CS231n); less than one if none does.

    With `keep_edge` an incomplete last window counts, too, if it starts within the image or the padding before it, as
    in PyTorch and ONNX.
    """
    travel = size + before + after - window
    if not keep_edge:
        return travel // stride + 1
    count = -(-travel // stride) + 1
    return count - 1 if (count - 1) * stride >= size + before else count


def window_grid(image: Shape, window: Pair, stride: Pair, padding: Sides, dilation: Pair = (1, 1)) -> Pair:
    """The number of rows and columns of windows in an image (C, H, W)."""
    rows, columns = (
        count_windows(
            image[1 + axis],
            dilation[axis] * (window[axis] - 1) + 1,
            stride[axis],
            padding[axis],
            padding[2 + axis],
        )
        for axis in range(2)
    )
    return rows, columns
