"""The drawing of curves with pyqtgraph, which is slow to import: import this module late."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QWidget

from cnnstudio.array import Array
from cnnstudio.gui.look.theme import CAPTION, Theme, font
from cnnstudio.runs.curves import Curve, Mark, thin, thin_extremes

SMOOTH = 2.0  # width of the smoothed line
FAINT = 48  # opacity of the raw line, of 255
EARLIER = 110  # opacity of earlier runs
TICKS_DOWN, TICKS_ACROSS = 36, 64  # pixels between two numbers of an axis at least
BESIDE = 0.015  # room for points at the edges, of the whole
BEYOND = 12  # pixels that the first and last number of an axis may reach beyond it
LEAST = 1e-12  # what zero is drawn as on a log scale


@dataclass(frozen=True)
class Line:
    """A run's curve, the role of its color, and whether it stands out."""

    curve: Curve
    role: str
    chosen: bool = False


class CurvePlot(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph has no types
    """Draws runs over epochs: of the last one all there is, of earlier ones the smoothed line."""

    hovered = Signal(object)  # float | None: the epoch under the mouse
    range_chosen = Signal(bool)  # whether people see a part of their own choice

    def __init__(self, theme: Theme, write_tick: Callable[[float], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: Sequence[Line] = ()
        self._log = False
        self._free = False  # people have chosen what to see
        self._limits = (0.0, 1.0)
        self.box = pg.ViewBox(enableMenu=False, defaultPadding=0.0)
        self._axes = {"left": _Axis("left", write_tick), "bottom": _Axis("bottom", lambda value: f"{value:g}")}
        grid = pg.GraphicsLayout()
        grid.setContentsMargins(4, 8, 16, 0)
        grid.setSpacing(0)
        self.setCentralItem(grid)
        for item, row, column in ((self.box, 0, 1), (self._axes["left"], 0, 0), (self._axes["bottom"], 1, 1)):
            grid.addItem(item, row, column)
        for axis in self._axes.values():
            axis.linkToView(self.box)
        self._earlier: list[Any] = []
        self._marks: list[Any] = []
        self._raw, self._smooth, self._validation = (pg.PlotCurveItem(connect="finite") for _ in range(3))
        self._points = pg.ScatterPlotItem(size=7)
        self._cross = pg.InfiniteLine(angle=90, movable=False)
        self._cross.hide()
        for item in (self._raw, self._smooth, self._validation, self._points, self._cross):
            self.box.addItem(item, ignoreBounds=True)
        self.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.box.sigRangeChangedManually.connect(self._on_range_chosen)
        self.box.sigXRangeChanged.connect(self._on_x_range_changed)
        self.box.sigResized.connect(self._on_resized)
        self.update_colors()

    def show_lines(self, lines: Sequence[Line], limits: tuple[float, float]) -> None:
        """Draw these, the last one in full; `limits` are the values at bottom and top unless people zoom."""
        self._lines, self._limits = lines, limits
        if not self._free:
            self._fit()
        self._draw()

    def use_log(self, log: bool) -> None:
        """Draw values by their logarithm, or as they are."""
        self._log = log
        self._axes["left"].setLogMode(False, log)
        self._choose(False)

    def reset(self) -> None:
        """Show the whole run again."""
        self._choose(False)
        self.show_lines(self._lines, self._limits)

    def update_colors(self) -> None:
        """Take the colors of the theme."""
        color = self._theme.color
        self.setBackground(color("panel"))
        for axis in self._axes.values():
            axis.update_colors(color("dim"), color("border"))
        self._raw.setPen(pg.mkPen(_clear(color("accent"), FAINT), width=1))
        self._smooth.setPen(pg.mkPen(color("accent"), width=SMOOTH))
        self._smooth.opts["antialias"] = self._validation.opts["antialias"] = True
        self._validation.setPen(pg.mkPen(color("validation"), width=SMOOTH))
        self._points.setBrush(color("validation"))
        self._points.setPen(None)
        self._cross.setPen(pg.mkPen(color("dim"), width=1))
        self._draw()

    def leaveEvent(self, event: Any) -> None:
        super().leaveEvent(event)
        self._cross.hide()
        self.hovered.emit(None)

    def mouseDoubleClickEvent(self, event: Any) -> None:
        self.reset()

    def _fit(self) -> None:
        bottom, top = (self._y(np.array(self._limits))).tolist()
        length = max((line.curve.length for line in self._lines), default=1.0)
        beside, below = BESIDE * length, BESIDE * (top - bottom)
        seen = QRectF(-beside, bottom - below, length + 2 * beside, top - bottom + below)
        self.box.setRange(seen, padding=0.0, disableAutoRange=True)

    def _draw(self) -> None:
        (first, last), _ = self.box.viewRange()
        columns = max(int(self.box.width()), 50)
        self._draw_earlier(self._lines[:-1], first, last, columns)
        self._draw_marks(self._lines[-1].curve.marks if self._lines else ())
        if not self._lines:
            return
        curve = self._lines[-1].curve
        self._set(self._raw, *thin_extremes(curve.epochs, curve.raw, first, last, columns))
        self._set(self._smooth, *thin(curve.epochs, curve.smoothed, first, last, columns))
        self._set(self._validation, curve.validation_epochs, curve.validation)
        few = len(curve.validation) <= columns // 12
        points = slice(None) if few else slice(-1, None)
        self._points.setData(curve.validation_epochs[points], self._y(curve.validation[points]))

    def _draw_marks(self, marks: Sequence[Mark]) -> None:
        """Draw a line for each; lines are kept and used again, for Qt may still paint one that was just removed."""
        while len(self._marks) < len(marks):
            self._marks.append(_mark_line())
            self.box.addItem(self._marks[-1], ignoreBounds=True)
        for line, mark in zip(self._marks, marks, strict=False):
            pen = QPen(self._theme.color("problem" if mark.bad else "faint"))
            pen.setCosmetic(True)
            pen.setStyle(Qt.PenStyle.DashLine)
            line.setPen(pen)
            line.setPos(mark.epoch)
            line.label.setFormat(mark.text)
            line.label.setColor(self._theme.color("problem" if mark.bad else "dim"))
        for number, line in enumerate(self._marks):
            line.setVisible(number < len(marks))

    def _draw_earlier(self, lines: Sequence[Line], first: float, last: float, columns: int) -> None:
        while len(self._earlier) < len(lines):
            self._earlier.append(pg.PlotCurveItem(connect="finite"))
            self._earlier[-1].setZValue(-1)
            self.box.addItem(self._earlier[-1], ignoreBounds=True)
        while len(self._earlier) > len(lines):
            self.box.removeItem(self._earlier.pop())
        for item, line in zip(self._earlier, lines, strict=True):
            color = self._theme.color(line.role)
            width = SMOOTH if line.chosen else 1
            item.setPen(pg.mkPen(color if line.chosen else _clear(color, EARLIER), width=width))
            self._set(item, *thin(line.curve.epochs, line.curve.smoothed, first, last, columns))

    def _set(self, item: Any, x: Array, y: Array) -> None:
        item.setData(x, self._y(y))

    def _y(self, values: Array) -> Array:
        return np.log10(np.maximum(values, LEAST)) if self._log else values

    def _on_mouse_moved(self, position: QPointF) -> None:
        if not self._lines or not self.box.sceneBoundingRect().contains(position):
            self._cross.hide()
            self.hovered.emit(None)
            return
        epoch, _, _ = self._lines[-1].curve.at(self.box.mapSceneToView(position).x())
        self._cross.setPos(epoch)
        self._cross.show()
        self.hovered.emit(epoch)

    def _choose(self, free: bool) -> None:
        self._free = free
        self.range_chosen.emit(free)

    def _on_range_chosen(self, changed: object) -> None:
        self._choose(True)

    def _on_resized(self, box: object) -> None:
        self._draw()  # thinned to another width

    def _on_x_range_changed(self, box: object, limits: object) -> None:
        if self._free:
            self._draw()  # another stretch of the curve, thinned anew


class _Axis(pg.AxisItem):  # type: ignore[misc]
    """Numbers without a line or ticks; the left one draws the grid."""

    def __init__(self, side: str, write: Callable[[float], str]) -> None:
        super().__init__(side)
        self._write = write
        self.setStyle(tickLength=0, tickFont=font(CAPTION), tickTextOffset=6, autoExpandTextSpace=False)
        self.setStyle(hideOverlappingLabels=False, maxTickLevel=0)
        self.setPen(None)
        if side == "left":
            self.setGrid(255)
            self.setZValue(-2)  # the lines are drawn over the grid
            self.setWidth(44)
        else:
            self.setHeight(24)

    def update_colors(self, text: QColor, grid: QColor) -> None:
        """Take other colors."""
        self.setTextPen(text)
        self.setTickPen(pg.mkPen(_clear(grid, 140)))

    def boundingRect(self) -> QRectF:
        rect: QRectF = super().boundingRect()
        return rect.adjusted(0, -BEYOND, 0, BEYOND)  # numbers at both ends reach beyond the axis

    def tickValues(self, least: float, most: float, length: float) -> list[tuple[float, list[float]]]:
        if self.logMode:
            found: list[tuple[float, list[float]]] = super().tickValues(least, most, length)
            return found
        apart = TICKS_DOWN if self.orientation == "left" else TICKS_ACROSS
        step = round_step((most - least) * apart / max(length, 1.0))
        first, last = math.ceil(least / step - 1e-9), math.floor(most / step + 1e-9)
        return [(step, [number * step for number in range(first, last + 1)])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if self.logMode:
            return [f"{10.0**value:.3g}" for value in values]
        return [self._write(value) for value in values]


def _mark_line() -> Any:
    label = {"position": 0.96, "anchors": [(0, 0), (0, 0)], "movable": False}
    line = pg.InfiniteLine(angle=90, label="", labelOpts=label)
    line.label.setFont(font(CAPTION))
    return line


def round_step(least: float) -> float:
    """The least of 1, 2, 2.5 and 5 times a power of ten that is no less."""
    if not least > 0.0 or not math.isfinite(least):
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(part * power for part in (1.0, 2.0, 2.5, 5.0, 10.0) if part * power >= least * (1 - 1e-9))


def _clear(color: QColor, opacity: int) -> QColor:
    """The color, let through."""
    faint = QColor(color)
    faint.setAlpha(opacity)
    return faint


def limits_of(curves: Sequence[Curve], *, log: bool) -> tuple[float, float]:
    """From zero (by logarithm: from the least) to a little above what the smoothed lines and the points reach."""
    values = np.concatenate([part for curve in curves for part in (curve.smoothed, curve.validation)] or [np.empty(0)])
    values = values[np.isfinite(values) & (values > 0.0)]
    if not len(values):
        return (0.1, 1.0) if log else (0.0, 1.0)
    top = float(values.max())
    return (float(values.min()) * 0.8, top * 1.25) if log else (0.0, top * 1.08)
