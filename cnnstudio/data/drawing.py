"""An image that the user draws by hand, converted to the value range of a dataset."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.data.dataset import Dataset
from cnnstudio.operations import Shape

Place = tuple[float, float]  # x to the right and y down, in pixels of the image

RADIUS = 1.0  # pixels: half the width of the pen
FINE = 0.5  # the same in images smaller than SMALL pixels
SMALL = 16


class Drawing:
    """Ink on an empty image: 0 is background, 1 is full ink."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.ink: Array = np.zeros(shape[1:], np.float32)

    @property
    def radius(self) -> float:
        """Half the width of the pen."""
        return FINE if min(self.shape[1:]) < SMALL else RADIUS

    def stroke(self, start: Place, end: Place, *, erase: bool = False) -> None:
        """Draw or erase a straight line with a round pen, whose edge is antialiased over one pixel.

        The pixels under the center of the pen get full ink, so that thin lines have no gaps.
        """
        height, width = self.ink.shape
        y, x = np.mgrid[:height, :width] + 0.5
        along = np.subtract(end, start)
        length = float(along @ along) or 1.0
        position = np.clip(((x - start[0]) * along[0] + (y - start[1]) * along[1]) / length, 0.0, 1.0)
        distance = np.hypot(x - start[0] - position * along[0], y - start[1] - position * along[1])
        pen = np.clip(self.radius + 0.5 - distance, 0.0, 1.0)
        path = np.linspace(start, end, int(2 * np.sqrt(length)) + 2).astype(np.intp)
        inside = ((path >= 0) & (path < (width, height))).all(axis=1)
        pen[path[inside, 1], path[inside, 0]] = 1.0
        self.ink = np.minimum(self.ink, 1.0 - pen) if erase else np.maximum(self.ink, pen)

    def clear(self) -> None:
        """Erase everything."""
        self.ink[...] = 0.0

    def stored(self, dataset: Dataset) -> Array:
        """The drawing (C, H, W) in the dataset's value range; in black and white only if the dataset is."""
        black, white = dataset.limits
        ink = np.round(self.ink) if white - black < 3 and dataset.images.dtype.kind in "iu" else self.ink
        image = (black + (white - black) * ink).astype(np.float32)
        return np.broadcast_to(image, self.shape).copy()
