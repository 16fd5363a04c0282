"""A panel that plots one metric of the current run and of earlier runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from cnnstudio.gui.panels.curves.toolbar import PlotToolbar
from cnnstudio.gui.panels.curves.value_range import ValueRange
from cnnstudio.gui.panels.shared.run_colors import run_color
from cnnstudio.gui.panels.shared.train_button import TrainButton
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.empty_state import EmptyState
from cnnstudio.gui.widgets.labels import tooltip
from cnnstudio.runs.curves import Curve, curve_of
from cnnstudio.runs.record import RunRecord

if TYPE_CHECKING:
    from cnnstudio.gui.panels.curves.plot import CurvePlot

REDRAW_INTERVAL = 200  # milliseconds
WARM_UP = 600  # milliseconds after the panel is first shown until the plot is created, unless needed earlier
MAX_RUNS = 8  # runs plotted at once


class CurvePanel(QWidget):
    """The plot with its toolbar, redrawn a few times a second; subclasses say which metric and how to format it."""

    title: ClassVar[str]
    metric_name: ClassVar[str]  # loss or accuracy
    empty_text: ClassVar[str]
    has_log: ClassVar[bool] = False

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._plot: CurvePlot | None = None
        self._last: Curve | None = None  # the latest run's curve as plotted
        self._earlier: dict[int, Curve] = {}  # curves of finished runs by id of their record
        self._empty = EmptyState(self.empty_text, name=f"{self.metric_name}_empty")
        self._train = TrainButton(studio, f"{self.metric_name}_train")
        self._empty.add_button(self._train)
        self._toolbar = PlotToolbar(studio, self.metric_name, self)
        self._toolbar.log.setVisible(self.has_log)
        self._toolbar.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._toolbar)
        self._pages = QStackedLayout()
        self._pages.addWidget(self._empty)
        column.addLayout(self._pages, 1)
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.setInterval(REDRAW_INTERVAL)
        self._redraw.timeout.connect(self._draw)
        self._warm_up = QTimer(self)
        self._warm_up.setSingleShot(True)
        self._warm_up.setInterval(WARM_UP)
        self._warm_up.timeout.connect(self._make_plot)
        self._toolbar.log.toggled.connect(self._on_log_toggled)
        self._toolbar.peaks.toggled.connect(self._on_peaks_toggled)
        self._toolbar.reset.clicked.connect(self._on_reset_clicked)
        studio.run.run_started.connect(self._on_progressed)
        studio.run.progressed.connect(self._on_progressed)
        studio.run.finished.connect(self._on_progressed)
        studio.run_chosen.connect(self._on_progressed)
        studio.run.runs_replaced.connect(self._on_runs_replaced)
        studio.session.report_changed.connect(self._on_progressed)
        studio.theme.changed.connect(self._on_theme_changed)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._plot is None:
            self._warm_up.start()
        self._redraw.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._redraw.start()

    def format_value(self, value: float) -> str:
        """A value as shown in the legend."""
        raise NotImplementedError

    def format_tick(self, value: float) -> str:
        """A value as shown on the axis."""
        raise NotImplementedError

    def limits(self, curves: list[Curve], *, log: bool, whole: bool) -> ValueRange:
        """The values at the bottom and top of the plot; brief peaks are left out unless the `whole` range is shown."""
        raise NotImplementedError

    def is_measured_by(self, record: RunRecord) -> bool:
        """Whether the run, which has made a step, has this metric."""
        return True

    def why_never(self) -> str:
        """Why the network on the canvas cannot have this metric, in a sentence; empty if it can."""
        return ""

    def _make_plot(self) -> CurvePlot:
        if self._plot is None:
            from cnnstudio.gui.panels.curves.plot import CurvePlot

            self._warm_up.stop()
            self._plot = CurvePlot(self._studio.theme, self.format_tick)
            self._plot.setObjectName(f"{self.metric_name}_plot")
            self._plot.setAccessibleName(f"{self.title} over epochs")
            self._plot.setToolTip(tooltip("Scroll to zoom, drag to pan, double-click to reset."))
            self._plot.hovered.connect(self._on_hovered)
            self._plot.zoomed.connect(self._on_zoomed)
            self._pages.addWidget(self._plot)
        return self._plot

    def _draw(self) -> None:
        """Plot the latest run and earlier ones."""
        from cnnstudio.gui.panels.curves.plot import Line

        runs = [record for record in self._studio.run.records if len(record.steps)][-MAX_RUNS:]
        curves = [self._curve(record, last=record is runs[-1]) for record in runs]
        if not curves or not self.is_measured_by(runs[-1]) or (curves[-1].empty and runs[-1].done is not None):
            self._show_empty(runs)
            return
        plot, records = self._make_plot(), self._studio.run.records
        chosen = self._studio.chosen_run
        lines = [
            Line(curve, run_color(records, record), record is chosen)
            for curve, record in zip(curves, runs, strict=True)
        ]
        shown = self.limits(curves, log=self._toolbar.log.isChecked(), whole=self._toolbar.peaks.isChecked())
        plot.show_lines(lines, shown.bottom, shown.top)
        self._toolbar.show_peak(None if shown.peak is None else self.format_tick(shown.peak))
        self._pages.setCurrentWidget(plot)
        self._toolbar.show()
        self._last = curves[-1]
        self._show_legend(None)

    def _curve(self, record: RunRecord, *, last: bool) -> Curve:
        if last or record.done is None:
            return curve_of(record, self.metric_name)
        if id(record) not in self._earlier:
            self._earlier[id(record)] = curve_of(record, self.metric_name)
        return self._earlier[id(record)]

    def _show_empty(self, runs: list[RunRecord]) -> None:
        self._pages.setCurrentWidget(self._empty)
        self._toolbar.hide()
        last = f"The last run has no {self.metric_name}." if runs else self.empty_text
        self._empty.show_text(self.why_never() or last)
        self._train.setVisible(not runs and not self.why_never())

    def _show_legend(self, epoch: float | None) -> None:
        """Show the values at an epoch in the legend, or the latest values."""
        curve = self._last
        if curve is None:
            return
        at, train, validation = curve.at(float(curve.epochs[-1]) if epoch is None else epoch)
        entries = [("accent", "train", train), ("validation", "validation", validation)]
        values = [(role, f"{name} {self.format_value(value)}") for role, name, value in entries if value is not None]
        self._toolbar.show_legend([*([] if epoch is None else [("dim", f"epoch {at:.2f}")]), *values])

    def _on_progressed(self, change: object) -> None:
        if not self._redraw.isActive() and self.isVisible():
            self._redraw.start()

    def _on_runs_replaced(self) -> None:
        self._earlier.clear()
        self._on_progressed(None)

    def _on_hovered(self, epoch: float | None) -> None:
        self._show_legend(epoch)

    def _on_zoomed(self, chosen: bool) -> None:
        self._toolbar.reset.setEnabled(chosen)

    def _on_log_toggled(self, log: bool) -> None:
        self._make_plot().use_log(log)
        self._draw()

    def _on_peaks_toggled(self, whole: bool) -> None:
        self._make_plot().reset()
        self._draw()

    def _on_reset_clicked(self) -> None:
        self._make_plot().reset()

    def _on_theme_changed(self) -> None:
        self._toolbar.update_colors()
        if self._plot is not None:
            self._plot.update_colors()
            self._show_legend(None)
