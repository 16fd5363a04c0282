"""An axis of the plot: round tick values and grid lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from cnnstudio.gui.look.theme import CAPTION, font
from cnnstudio.spec.number_text import format_brief

TICK_SPACING_LEFT, TICK_SPACING_BOTTOM = 36, 64  # minimum pixels between two labels
LABEL_OVERHANG = 12  # pixels that the first and last label may extend beyond the axis
NARROW = 0.67  # powers of ten; a log scale of fewer has round steps
MANTISSAS = (0.3, (1.0, 2.0, 5.0)), (0.47, (1.0, 3.0))  # of labels on a log scale, where they may be so far apart
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
        spacing = TICK_SPACING_LEFT if self.orientation == "left" else TICK_SPACING_BOTTOM
        share = spacing / max(length, 1.0)
        return [(share * (most - least), (log_ticks if self.logMode else linear_ticks)(least, most, share))]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if self.logMode:
            return [f"{10.0**value:g}" if -4.1 < value < 5 else format_brief(10.0**value) for value in values]
        return [self._format_tick(value) for value in values]


def linear_ticks(least: float, most: float, share: float) -> list[float]:
    """Round values from `least` to `most`, at least `share` of the range apart."""
    step = round_step((most - least) * share)
    first, last = math.ceil(least / step - 1e-9), math.floor(most / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def log_ticks(least: float, most: float, share: float) -> list[float]:
    """The decimal logarithms of round values between those with the logarithms `least` and `most`.

    They are at least `share` of the range apart: powers of ten and the mantissas that fit between them, or round
    steps where the range is less than two thirds of a power of ten.
    """
    gap = (most - least) * share  # in powers of ten
    if most - least < NARROW:
        low, high = 10.0**least, 10.0**most
        narrowest = high * (1.0 - 10.0**-gap)  # they are closest to each other at the top
        return [math.log10(value) for value in linear_ticks(low, high, narrowest / (high - low))]
    mantissas = next((some for widest, some in MANTISSAS if gap <= widest), (1.0,))
    every = max(math.ceil(gap - 1e-9), 1)
    powers = range(math.floor(least / every) * every, math.floor(most) + 1, every)
    ticks = [power + math.log10(mantissa) for power in powers for mantissa in mantissas]
    return [tick for tick in ticks if least <= tick <= most]


def round_step(least: float) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least `least`."""
    if not least > 0.0 or not math.isfinite(least):
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(part * power for part in (1.0, 2.0, 2.5, 5.0, 10.0) if part * power >= least * (1 - 1e-9))
