"""What a node shows of its values: feature maps, an image, votes, or nothing yet. Each paints itself."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

from cnnstudio.array import Array
from cnnstudio.gui.canvas.colors import Ink, mix
from cnnstudio.gui.look.array_images import GAP, array_to_image, tile_grid

READABLE_ROW = 10.0  # canvas units that a row of text needs
FINEST = 8  # device pixels for a canvas unit, beyond which images are enlarged when painted


class Image(ABC):
    """Something that fills a node's image."""

    @abstractmethod
    def paint(self, painter: QPainter, rect: QRectF, ink: Ink, scale: float, words: bool) -> None:
        """Paint into the rectangle; `scale` is device pixels for a canvas unit, `words` whether text could be read."""


class Nothing(Image):
    """A quiet ground with a few words, until there are values."""

    def __init__(self, words: str) -> None:
        self._words = words

    def paint(self, painter: QPainter, rect: QRectF, ink: Ink, scale: float, words: bool) -> None:
        painter.setPen(QPen(ink.border, 1.0, Qt.PenStyle.DashLine))
        painter.setBrush(ink.placeholder)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 4.0, 4.0)
        if words and rect.height() >= 2.0 * ink.fonts.small_metrics.height():
            painter.setFont(ink.fonts.small)
            painter.setPen(ink.dim)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._words)


class Raster(Image):
    """An image that is kept until another size of it is needed.

    It is made a little too large, each of its pixels a whole number of the screen's, and painted smoothly to size: so
    all pixels look alike at any zoom.
    """

    def __init__(self) -> None:
        self._image: QImage | None = None
        self._measures: tuple[int, ...] = ()

    @abstractmethod
    def measure(self, width: float, height: float, scale: float) -> tuple[int, ...]:
        """What `make` goes by, for so many canvas units with `scale` device pixels each."""

    @abstractmethod
    def make(self, *measures: int) -> QImage:
        """The image with these measures."""

    def paint(self, painter: QPainter, rect: QRectF, ink: Ink, scale: float, words: bool) -> None:
        measures = self.measure(rect.width(), rect.height(), min(scale, FINEST))
        if self._image is None or measures != self._measures:
            self._image, self._measures = self.make(*measures), measures
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(rect, self._image)


class Tiles(Raster):
    """Feature maps side by side, or a row of numbers as cells."""

    def __init__(self, array: Array, *, signed: bool) -> None:
        super().__init__()
        self._array, self._signed = array, signed

    def measure(self, width: float, height: float, scale: float) -> tuple[int, ...]:
        """Width and height of one map or cell, and the gap between two, in pixels."""
        columns, rows = tile_grid(self._array.shape)
        maps = self._array.ndim == 3
        gap = GAP if maps else 0
        across, down = (width - gap * (columns - 1)) / columns, (height - gap * (rows - 1)) / rows
        wide = whole_times(self._array.shape[2] if maps else 1, across * scale)
        high = whole_times(self._array.shape[1] if maps else 1, down * scale)
        return wide, high, round(gap * wide / across)

    def make(self, *measures: int) -> QImage:
        wide, high, gap = measures
        columns, rows = tile_grid(self._array.shape)
        size = columns * wide + gap * (columns - 1), rows * high + gap * (rows - 1)
        return array_to_image(self._array, *size, signed=self._signed, gap=gap)


class Photo(Raster):
    """The image that comes in, as it is."""

    def __init__(self, image: QImage) -> None:
        super().__init__()
        self._source = image

    def measure(self, width: float, height: float, scale: float) -> tuple[int, ...]:
        """Width and height in pixels."""
        return whole_times(self._source.width(), width * scale), whole_times(self._source.height(), height * scale)

    def make(self, *measures: int) -> QImage:
        wide, high = measures
        return self._source.scaled(wide, high, Qt.AspectRatioMode.IgnoreAspectRatio)


class Votes(Image):
    """What the network says of each class: name, bar and number; the right class, where it is known, is ticked."""

    def __init__(self, array: Array, names: tuple[str, ...], label: int | None, *, shares: bool) -> None:
        self._names = tuple(f"{name} ✓" if index == label else name for index, name in enumerate(names))
        self._label, self._shares = label, shares
        self._values = np.nan_to_num(array, nan=0.0, posinf=0.0, neginf=0.0)
        self._top = 1.0 if shares else float(np.abs(self._values).max(initial=0.0)) or 1.0
        self._best = int(self._values.argmax())

    def paint(self, painter: QPainter, rect: QRectF, ink: Ink, scale: float, words: bool) -> None:
        height = rect.height() / len(self._names)
        rows = [QRectF(rect.left(), rect.top() + height * row, rect.width(), height) for row in range(len(self._names))]
        left, right = self._paint_words(painter, rows, ink) if words and height >= READABLE_ROW else (0.0, 0.0)
        for index, row in enumerate(rows):
            self._paint_bar(painter, row.adjusted(left, 0.28 * height, -right, -0.28 * height), ink, index)

    def _paint_words(self, painter: QPainter, rows: list[QRectF], ink: Ink) -> tuple[float, float]:
        """Names on the left, numbers on the right; returns how much room they take."""
        metrics = ink.fonts.small_metrics
        numbers = [f"{value * 100.0:.0f} %" if self._shares else f"{value:.2f}" for value in self._values]
        most = rows[0].width() * 0.4
        painter.setFont(ink.fonts.small)
        for index, (row, name, number) in enumerate(zip(rows, self._names, numbers, strict=True)):
            painter.setPen(ink.text if index == self._best else ink.dim)
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, most)
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, number)
        widest = max(map(metrics.horizontalAdvance, self._names))
        return min(widest, most) + 6.0, max(map(metrics.horizontalAdvance, numbers)) + 6.0

    def _paint_bar(self, painter: QPainter, bar: QRectF, ink: Ink, index: int) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mix(ink.card, ink.dim, 0.18))
        painter.drawRoundedRect(bar, 2.0, 2.0)
        share = min(max(float(self._values[index]) / self._top, 0.0), 1.0)
        if share > 0.0:
            right = self._label is None or self._label == self._best
            winner = ink.good if right else ink.warning
            painter.setBrush(winner if index == self._best else ink.accent)
            painter.drawRoundedRect(
                QRectF(bar.left(), bar.top(), max(bar.width() * share, 1.5), bar.height()), 2.0, 2.0
            )


def whole_times(pixels: int, wanted: float) -> int:
    """The least length, no shorter than wanted, that is a whole number of times (or part of) so many pixels."""
    if wanted >= pixels:
        return pixels * math.ceil(wanted / pixels - 0.001)
    return math.ceil(pixels / max(pixels // math.ceil(wanted), 1))
