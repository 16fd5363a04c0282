"""Which pixels the windows of a pooling layer cover."""

from __future__ import annotations

from cnnstudio.engine.numpy.window_geometry import overlap
from cnnstudio.operations import Pooling, Shape

Place = tuple[slice, slice, slice]  # channels, rows, columns


def window_taps(operation: Pooling, image: Shape, output: Shape) -> list[tuple[Place, Place]]:
    """For each place in the window: the pixels there, and the outputs whose windows hold them."""
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
    """The image without the last rows and columns that no window covers."""
    counts = operation.output_shape(image)[1:]
    ends = [
        (counts[axis] - 1) * operation.stride[axis] + operation.pool_size[axis] - operation.padding[axis]
        for axis in range(2)
    ]
    return image[0], min(ends[0], image[1]), min(ends[1], image[2])
