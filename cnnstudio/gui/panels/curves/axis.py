"""An axis of the plot: round tick values and grid lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from cnnstudio.gui.look.theme import CAPTION, font

TICK_SPACING_LEFT, TICK_SPACING_BOTTOM = 36, 64  # minimum pixels between two labels
LABEL_OVERHANG = 12  # pixels that the first and last label may extend beyond the axis
GRID_OPACITY = 140  # of 255


class Axis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Tick labels without an axis line or tick marks; the left axis draws the horizontal grid."""

    def __init__(self, side: str, format_tick: Callable[[float], str]) -> None:
        super().__init__(side)
        self._format_tick = format_tick
        self.setStyle(tickLength=0, tickFont=font(CAPTION), tickTextOffset=6, autoExpandTextSpace=False)
        self.setStyle(hideOverlappingLabels=False, maxTickLevel=0)
        self.setPen(None)
        if side == "left":
            self.setGrid(255)
            self.setZValue(-2)  # below the curves
            self.setWidth(44)
        else:
            self.setHeight(24)

    def set_colors(self, text: QColor, grid: QColor) -> None:
        """Set the colors of labels and grid lines."""
        faint = QColor(grid)
        faint.setAlpha(GRID_OPACITY)
        self.setTextPen(text)
        self.setTickPen(pg.mkPen(faint))

    def boundingRect(self) -> QRectF:
        rect: QRectF = super().boundingRect()
        return rect.adjusted(0, -LABEL_OVERHANG, 0, LABEL_OVERHANG)

    def tickValues(self, least: float, most: float, length: float) -> list[tuple[float, list[float]]]:
        if self.logMode:
            return [(1.0, log_ticks(least, most, length))]
        spacing = TICK_SPACING_LEFT if self.orientation == "left" else TICK_SPACING_BOTTOM
        step = round_step((most - least) * spacing / max(length, 1.0))
        first, last = math.ceil(least / step - 1e-9), math.floor(most / step + 1e-9)
        return [(step, [number * step for number in range(first, last + 1)])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if self.logMode:
            return [f"{10.0**value:.3g}" for value in values]
        return [self._format_tick(value) for value in values]


def log_ticks(least: float, most: float, length: float) -> list[float]:
    """Common logarithms of round values between two others, far enough from each other on an axis of so many pixels."""
    decade = length / max(most - least, 1e-9)  # pixels
    every = max(math.ceil(TICK_SPACING_LEFT / decade), 1)
    digits = (1,) if math.log10(2.0) * decade < TICK_SPACING_LEFT else (1, 2, 5)
    powers = range(math.floor(least), math.floor(most) + 1)
    ticks = [power + math.log10(digit) for power in powers if power % every == 0 for digit in digits]
    shown = [tick for tick in ticks if least <= tick <= most]
    if len(shown) > 1:
        return shown
    low, high = 10.0**least, 10.0**most  # less than a decade
    step = round_step((high - low) * TICK_SPACING_LEFT / max(length, 1.0))
    return [math.log10(number * step) for number in range(math.ceil(low / step), math.floor(high / step) + 1) if number]


def round_step(least: float) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least `least`."""
    if not least > 0.0 or not math.isfinite(least):
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(part * power for part in (1.0, 2.0, 2.5, 5.0, 10.0) if part * power >= least * (1 - 1e-9))
