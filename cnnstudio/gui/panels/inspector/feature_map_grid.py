"""All feature maps of a layer in a grid that fits the width of its panel; the mouse shows the value of a pixel."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnnstudio.array import Array
from cnnstudio.gui.look.array_images import array_to_image

GAP = 3  # pixels
MAX_TILE_WIDTH = 64  # pixels
COLUMNS = 6
FINEST = 64  # pixels of a side of a map that are painted; of larger maps, only every second, third...


class FeatureMapGrid(QWidget):
    """Shows an array (C, H, W)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._maps: Array | None = None
        self._signed = False
        self.setObjectName("feature_maps")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_maps(self, maps: Array, *, signed: bool) -> None:
        """Show these maps (C, H, W), blue below and red above zero if they are `signed`."""
        before, self._maps, self._signed = self._maps, maps, signed
        if before is None or before.shape != maps.shape:
            self.setAccessibleName(f"{len(maps)} feature maps, as images")
            self._fit()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._maps is None:
            return
        step = max(-(-max(self._maps.shape[1:]) // FINEST), 1)
        maps = self._maps[:, ::step, ::step]
        count, height, width = maps.shape
        strip = array_to_image(
            maps.reshape(1, count * height, width), width, count * height, signed=self._signed, gap=0
        )
        painter = QPainter(self)
        for index in range(count):
            tile = self._tile(index)
            if tile.intersects(QRectF(event.rect())):
                painter.drawImage(tile, strip, QRectF(0, index * height, width, height))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            text = self.value_at(event.pos())
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def value_at(self, place: QPoint) -> str:
        """The map and value under this pixel of the widget, in words; empty where there is none."""
        if self._maps is None:
            return ""
        count, height, width = self._maps.shape
        for index in range(count):
            tile = self._tile(index)
            if tile.contains(place.toPointF()):
                row = min(int((place.y() - tile.top()) * height / tile.height()), height - 1)
                column = min(int((place.x() - tile.left()) * width / tile.width()), width - 1)
                value = float(self._maps[index, row, column])
                return f"map {index + 1} of {count}, row {row + 1}, column {column + 1}: {value:.4g}"
        return ""

    def _fit(self) -> None:
        """Set the height that the maps need at the current width."""
        if self._maps is not None:
            self.setFixedHeight(max(round(self._tile(len(self._maps) - 1).bottom()), 1))

    def _tile(self, index: int) -> QRectF:
        """Where a map is painted."""
        assert self._maps is not None
        count, height, width = self._maps.shape
        columns = min(count, COLUMNS)
        across = max(min((self.width() - GAP * (columns - 1)) / columns, MAX_TILE_WIDTH), 1.0)
        down = max(across * height / width, 1.0)
        row, column = divmod(index, columns)
        return QRectF(column * (across + GAP), row * (down + GAP), across, down)
