"""Previews of a node's output: feature maps, an image, class scores, or a placeholder. Each paints itself."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

from cnnstudio.array import Array
from cnnstudio.gui.canvas.colors import CanvasColors, mix
from cnnstudio.gui.look.array_images import GAP, array_to_image, tile_grid
from cnnstudio.gui.state.prediction import Prediction

MIN_ROW_HEIGHT = 10.0  # canvas units that a row of text needs
MAX_SCALE = 8  # device pixels per canvas unit up to which images are rendered; beyond, they are scaled when painted


class Preview(ABC):
    """What fills the preview area of a node."""

    @abstractmethod
    def paint(self, painter: QPainter, rect: QRectF, colors: CanvasColors, scale: float, readable: bool) -> None:
        """Paint into the rectangle. `scale` is device pixels per canvas unit; `readable` is whether text is legible."""


class Placeholder(Preview):
    """A dashed box with a short text, shown until there are values; `busy` while they are being computed."""

    def __init__(self, text: str, *, busy: bool = False) -> None:
        self._text, self._busy = text, busy

    def paint(self, painter: QPainter, rect: QRectF, colors: CanvasColors, scale: float, readable: bool) -> None:
        painter.setPen(QPen(colors.border, 1.0, Qt.PenStyle.DashLine))
        painter.setBrush(colors.placeholder)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 4.0, 4.0)
        if readable and rect.height() >= 2.0 * colors.fonts.small_metrics.height:
            painter.setFont(colors.fonts.small)
            painter.setPen(colors.dim)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._text)
        elif self._busy:
            self._paint_dots(painter, rect, colors)

    def _paint_dots(self, painter: QPainter, rect: QRectF, colors: CanvasColors) -> None:
        """Paint an ellipsis where a text cannot be read."""
        radius = min(rect.height() * 0.2, rect.width() * 0.04)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.dim)
        for step in (-1, 0, 1):
            painter.drawEllipse(rect.center() + QPointF(step * 4.0 * radius, 0.0), radius, radius)


class RasterPreview(Preview):
    """An image that is rendered once per size.

    It is rendered slightly too large, with each source pixel a whole number of device pixels wide, and scaled down
    smoothly when painted, so that all pixels look the same at any zoom.
    """

    def __init__(self) -> None:
        self._image: QImage | None = None
        self._size: tuple[int, ...] = ()

    @abstractmethod
    def measure(self, width: float, height: float, scale: float) -> tuple[int, ...]:
        """The arguments of `render` for an area in canvas units, with `scale` device pixels per unit."""

    @abstractmethod
    def render(self, *size: int) -> QImage:
        """The image of this size, as returned by `measure`."""

    def paint(self, painter: QPainter, rect: QRectF, colors: CanvasColors, scale: float, readable: bool) -> None:
        size = self.measure(rect.width(), rect.height(), min(scale, MAX_SCALE))
        if self._image is None or size != self._size:
            self._image, self._size = self.render(*size), size
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(rect, self._image)


class FeatureMapsPreview(RasterPreview):
    """Feature maps in a grid, or a one-dimensional output as a row of cells."""

    def __init__(self, array: Array, *, signed: bool) -> None:
        super().__init__()
        self._array, self._signed = array, signed

    def shows(self, array: Array, *, signed: bool) -> bool:
        """Whether it shows this very array."""
        return self._array is array and self._signed is signed

    def measure(self, width: float, height: float, scale: float) -> tuple[int, ...]:
        """Width and height of one map or cell, and the gap between them, in pixels."""
        columns, rows = tile_grid(self._array.shape)
        maps = self._array.ndim == 3
        gap = GAP if maps else 0
        across, down = (width - gap * (columns - 1)) / columns, (height - gap * (rows - 1)) / rows
        wide = round_up_to_multiple(self._array.shape[2] if maps else 1, across * scale)
        high = round_up_to_multiple(self._array.shape[1] if maps else 1, down * scale)
        return wide, high, round(gap * wide / across)

    def render(self, *size: int) -> QImage:
        wide, high, gap = size
        columns, rows = tile_grid(self._array.shape)
        size = columns * wide + gap * (columns - 1), rows * high + gap * (rows - 1)
        return array_to_image(self._array, *size, signed=self._signed, gap=gap)


class ImagePreview(RasterPreview):
    """The input image."""

    def __init__(self, image: QImage) -> None:
        super().__init__()
        self._source = image

    def measure(self, width: float, height: float, scale: float) -> tuple[int, ...]:
        """Width and height in pixels."""
        return round_up_to_multiple(self._source.width(), width * scale), round_up_to_multiple(
            self._source.height(), height * scale
        )

    def render(self, *size: int) -> QImage:
        wide, high = size
        return self._source.scaled(wide, high, Qt.AspectRatioMode.IgnoreAspectRatio)


class ScoresPreview(Preview):
    """The prediction as name, bar and number of each class. The true class, if known, has a check mark.

    Probabilities are shown in percent; bars of other scores are relative to the largest absolute score.
    """

    def __init__(self, prediction: Prediction) -> None:
        self.prediction = prediction
        names = enumerate(prediction.class_names)
        self._names = tuple(f"{name} ✓" if index == prediction.label else name for index, name in names)
        self._values = np.nan_to_num(np.array(prediction.values), nan=0.0, posinf=0.0, neginf=0.0)
        self._max = 1.0 if prediction.probabilities else float(np.abs(self._values).max(initial=0.0)) or 1.0

    def paint(self, painter: QPainter, rect: QRectF, colors: CanvasColors, scale: float, readable: bool) -> None:
        height = rect.height() / len(self._names)
        rows = [QRectF(rect.left(), rect.top() + height * row, rect.width(), height) for row in range(len(self._names))]
        left, right = self._paint_text(painter, rows, colors) if readable and height >= MIN_ROW_HEIGHT else (0.0, 0.0)
        for index, row in enumerate(rows):
            self._paint_bar(painter, row.adjusted(left, 0.28 * height, -right, -0.28 * height), colors, index)

    def _paint_text(self, painter: QPainter, rows: list[QRectF], colors: CanvasColors) -> tuple[float, float]:
        """Paint names on the left and numbers on the right; returns the widths that they take."""
        metrics = colors.fonts.small_metrics
        numbers = [f"{value:.0%}" if self.prediction.probabilities else f"{value:.2f}" for value in self._values]
        max_width = rows[0].width() * 0.4
        painter.setFont(colors.fonts.small)
        for index, (row, name, number) in enumerate(zip(rows, self._names, numbers, strict=True)):
            painter.setPen(colors.text if index == self.prediction.best else colors.dim)
            shown = metrics.elide(name, max_width)
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, number)
        widest = max(map(metrics.width, self._names))
        return min(widest, max_width) + 6.0, max(map(metrics.width, numbers)) + 6.0

    def _paint_bar(self, painter: QPainter, bar: QRectF, colors: CanvasColors, index: int) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mix(colors.card, colors.dim, 0.18))
        painter.drawRoundedRect(bar, 2.0, 2.0)
        length = min(max(float(self._values[index]) / self._max, 0.0), 1.0)
        if length > 0.0:
            winner = colors.theme.color(self.prediction.color_role)
            painter.setBrush(winner if index == self.prediction.best else colors.accent)
            painter.drawRoundedRect(
                QRectF(bar.left(), bar.top(), max(bar.width() * length, 1.5), bar.height()), 2.0, 2.0
            )


def round_up_to_multiple(pixels: int, wanted: float) -> int:
    """The smallest length, no shorter than wanted, that is a whole multiple (or a whole fraction) of `pixels`."""
    if wanted >= pixels:
        return pixels * math.ceil(wanted / pixels - 0.001)
    return math.ceil(pixels / max(pixels // math.ceil(wanted), 1))
