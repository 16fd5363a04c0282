"""A grid of small images that fits the width of its panel."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnstudio.gui.look.array_images import array_to_image
from cnnstudio.gui.panels.inspector.weight_images import WeightImages

GAP = 4  # pixels
MAX_TILE_WIDTH = 44  # pixels


class ImageGrid(QWidget):
    """Paints the images in a grid that fits the width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: WeightImages | None = None
        self.setObjectName("filters")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_images(self, new: WeightImages) -> None:
        """Show other images, or the same ones with new values."""
        before, self._shown = self._shown, new
        if before is None or before.images.shape != new.images.shape or before.columns != new.columns:
            self.setAccessibleName(f"{len(new.images)} of {new.count} {new.noun}, as images")
            self._fit()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._shown is None:
            return
        count, height, width = self._shown.images.shape
        strip = array_to_image(self._shown.images.reshape(1, count * height, width), width, count * height, signed=True)
        across, down = self._tile_size(self.width())
        painter = QPainter(self)
        for index in range(count):
            row, column = divmod(index, self._shown.columns)
            rect = QRectF(column * (across + GAP), row * (down + GAP), across, down)
            painter.drawImage(rect, strip, QRectF(0, index * height, width, height))

    def _fit(self) -> None:
        """Set the height that the images need at the current width."""
        if self._shown is not None:
            rows = -(-len(self._shown.images) // self._shown.columns)
            self.setFixedHeight(round(rows * (self._tile_size(self.width())[1] + GAP) - GAP))

    def _tile_size(self, width: int) -> tuple[float, float]:
        assert self._shown is not None
        columns = self._shown.columns
        across = min((width - GAP * (columns - 1)) / columns, MAX_TILE_WIDTH)
        return across, across * self._shown.images.shape[1] / self._shown.images.shape[2]
