"""The plot of curves. It uses pyqtgraph, which is slow to import: import this module only when a plot is needed."""

from __future__ import annotations

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
from cnnstudio.gui.panels.curves.axis import Axis
from cnnstudio.runs.curves import Curve, Mark, thin, thin_extremes

LINE_WIDTH = 2.0  # pixels, of the smoothed line
RAW_OPACITY = 48  # of 255
EARLIER_OPACITY = 110  # of earlier runs
PADDING = 0.015  # around the curves, as a fraction of the range
LOG_FLOOR = 1e-12  # smaller values are drawn as this on a log scale


@dataclass(frozen=True)
class Line:
    """A run's curve, the theme role of its color, and whether it is highlighted."""

    curve: Curve
    role: str
    highlighted: bool = False


class CurvePlot(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph has no types
    """Plots runs over epochs: raw, smoothed and validation values of the last run, smoothed values of earlier ones."""

    hovered = Signal(object)  # float | None: the epoch under the mouse
    zoomed = Signal(bool)  # whether the user has zoomed or panned

    def __init__(self, theme: Theme, format_tick: Callable[[float], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: Sequence[Line] = ()
        self._log = False
        self._zoomed = False
        self._limits = (0.0, 1.0)
        self.box = pg.ViewBox(enableMenu=False, defaultPadding=0.0)
        self._axes = {"left": Axis("left", format_tick), "bottom": Axis("bottom", lambda value: f"{value:g}")}
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
        self.box.sigRangeChangedManually.connect(self._on_zoomed)
        self.box.sigXRangeChanged.connect(self._on_x_range_changed)
        self.box.sigResized.connect(self._on_resized)
        self.update_colors()

    def show_lines(self, lines: Sequence[Line], bottom: float, top: float) -> None:
        """Plot these lines, the last one in full, from the value `bottom` to `top` unless the user zooms."""
        self._lines, self._limits = lines, (bottom, top)
        if not self._zoomed:
            self._fit()
        self._draw()

    def use_log(self, log: bool) -> None:
        """Use a logarithmic or a linear scale."""
        self._log = log
        self._axes["left"].setLogMode(False, log)
        self._set_zoomed(False)

    def reset(self) -> None:
        """Reset zoom to show the whole run."""
        self._set_zoomed(False)
        self.show_lines(self._lines, *self._limits)

    def update_colors(self) -> None:
        """Apply the theme's colors."""
        color = self._theme.color
        self.setBackground(color("panel"))
        for axis in self._axes.values():
            axis.set_colors(color("dim"), color("border"))
        self._raw.setPen(pg.mkPen(_with_opacity(color("accent"), RAW_OPACITY), width=1))
        self._smooth.setPen(pg.mkPen(color("accent"), width=LINE_WIDTH))
        self._smooth.opts["antialias"] = self._validation.opts["antialias"] = True
        self._validation.setPen(pg.mkPen(color("validation"), width=LINE_WIDTH))
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
        first = min((line.curve.begin for line in self._lines), default=0.0)
        length = max((line.curve.length for line in self._lines), default=1.0) - first
        pad_x, pad_y = PADDING * length, PADDING * (top - bottom)
        visible = QRectF(first - pad_x, bottom - pad_y, length + 2 * pad_x, top - bottom + pad_y)
        self.box.setRange(visible, padding=0.0, disableAutoRange=True)

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
        """Draw a vertical line for each mark. Lines are reused, since Qt may still paint one that was just removed."""
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
            width = LINE_WIDTH if line.highlighted else 1
            item.setPen(pg.mkPen(color if line.highlighted else _with_opacity(color, EARLIER_OPACITY), width=width))
            self._set(item, *thin(line.curve.epochs, line.curve.smoothed, first, last, columns))

    def _set(self, item: Any, x: Array, y: Array) -> None:
        item.setData(x, self._y(y))

    def _y(self, values: Array) -> Array:
        return np.log10(np.maximum(values, LOG_FLOOR)) if self._log else values

    def _on_mouse_moved(self, position: QPointF) -> None:
        if not self._lines or not self.box.sceneBoundingRect().contains(position):
            self._cross.hide()
            self.hovered.emit(None)
            return
        epoch, _, _ = self._lines[-1].curve.at(self.box.mapSceneToView(position).x())
        self._cross.setPos(epoch)
        self._cross.show()
        self.hovered.emit(epoch)

    def _set_zoomed(self, zoomed: bool) -> None:
        self._zoomed = zoomed
        self.zoomed.emit(zoomed)

    def _on_zoomed(self, changed: object) -> None:
        self._set_zoomed(True)

    def _on_resized(self, box: object) -> None:
        self._draw()  # thinned for another width

    def _on_x_range_changed(self, box: object, limits: object) -> None:
        if self._zoomed:
            self._draw()  # another part of the curve, thinned again


def _mark_line() -> Any:
    label = {"position": 0.96, "anchors": [(0, 0), (0, 0)], "movable": False}
    line = pg.InfiniteLine(angle=90, label="", labelOpts=label)
    line.label.setFont(font(CAPTION))
    return line


def _with_opacity(color: QColor, opacity: int) -> QColor:
    """The color with this opacity, 0 to 255."""
    result = QColor(color)
    result.setAlpha(opacity)
    return result
