"""An image that the user draws by hand, converted to the value range of a dataset."""

from __future__ import annotations

import numpy as np
from PIL import Image

from cnnstudio.array import Array
from cnnstudio.data.dataset import Dataset
from cnnstudio.operations import Shape

Place = tuple[float, float]  # x to the right and y down, in pixels of the image

RADIUS = 1.0  # pixels: half the width of the pen
FINE = 0.5  # the same in images smaller than SMALL pixels
SMALL = 16
CONTENT = 20 / 28  # the longer side of MNIST's digits as a fraction of the image's
VISIBLE = 0.1  # of full ink


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

    @property
    def can_be_centered(self) -> bool:
        """Whether the image is gray and large enough to be moved and scaled as MNIST's digits were."""
        return self.shape[0] == 1 and min(self.shape[1:]) >= SMALL

    def stored(self, dataset: Dataset, *, centered: bool = False) -> Array:
        """The drawing (C, H, W) in the dataset's value range; in black and white only if the dataset is.

        A `centered` one is scaled and moved as MNIST's digits were.
        """
        black, white = dataset.limits
        drawn = center(self.ink) if centered else self.ink
        ink = np.round(drawn) if white - black < 3 and dataset.images.dtype.kind in "iu" else drawn
        image = (black + (white - black) * ink).astype(np.float32)
        return np.broadcast_to(image, self.shape).copy()


def center(ink: Array) -> Array:
    """The ink (H, W) scaled so that its longer side takes 20 of 28 pixels, with its center of mass in the middle.

    This is what was done to the digits of MNIST (LeCun et al., 1998). An empty image stays as it is.
    """
    height, width = ink.shape
    rows, columns = np.flatnonzero((ink > VISIBLE).any(axis=1)), np.flatnonzero((ink > VISIBLE).any(axis=0))
    if not len(rows):
        return ink
    content = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = CONTENT * min(height, width) / max(content.shape)
    size = max(round(content.shape[1] * scale), 1), max(round(content.shape[0] * scale), 1)
    scaled = np.asarray(Image.fromarray(content.astype(np.float32)).resize(size, Image.Resampling.BICUBIC))
    scaled = np.clip(scaled, 0.0, 1.0)
    mass, y, x = scaled.sum(), np.arange(size[1]) + 0.5, np.arange(size[0]) + 0.5
    top = round(height / 2 - float((scaled.sum(axis=1) * y).sum() / mass))
    left = round(width / 2 - float((scaled.sum(axis=0) * x).sum() / mass))
    top, left = min(max(top, 0), height - size[1]), min(max(left, 0), width - size[0])
    result = np.zeros_like(ink)
    result[top : top + size[1], left : left + size[0]] = scaled
    return result
