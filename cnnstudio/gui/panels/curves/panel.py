"""Loss and Accuracy: the curves of the run that goes on, over those of earlier runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from cnnstudio.gui.look.number_format import format_percent
from cnnstudio.gui.panels.curves.export_menu import ExportButton
from cnnstudio.gui.panels.shared.train_button import TrainButton
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.empty_state import EmptyState
from cnnstudio.gui.widgets.labels import tooltip
from cnnstudio.runs.curves import Curve, curve_of
from cnnstudio.runs.record import RunRecord

if TYPE_CHECKING:
    from cnnstudio.gui.panels.curves.plot import CurvePlot

REDRAW = 200  # milliseconds between two drawings
WARM_UP = 600  # milliseconds after the panel is first shown until the plot is made, unless it is needed earlier
MOST_RUNS = 8  # that are overlaid
RUN_ROLES = ("dense", "input", "pooling", "output", "other")  # colors of earlier runs, by turns


def role_of_run(histories: list[RunRecord], history: RunRecord) -> str:
    """The color of a run's curve: the accent for the last one."""
    return "accent" if history is histories[-1] else RUN_ROLES[histories.index(history) % len(RUN_ROLES)]


class CurvePanel(QWidget):
    """A plot of one metric, redrawn some times a second from what the run has told."""

    title: ClassVar[str]
    shows: ClassVar[str]
    empty_text: ClassVar[str]
    has_log: ClassVar[bool] = False

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._plot: CurvePlot | None = None
        self._last: Curve | None = None  # of the run that goes on, as it is drawn
        self._earlier: dict[int, Curve] = {}  # by id of a history that grows no more
        self._empty = EmptyState(self.empty_text)
        self._train = TrainButton(studio, f"{self.shows}_train")
        self._empty.add_button(self._train)
        self._corner = _Corner(studio, self.shows, self)
        self._corner.log.setVisible(self.has_log)
        self._corner.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._corner)
        self._pages = QStackedLayout()
        self._pages.addWidget(self._empty)
        column.addLayout(self._pages, 1)
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.setInterval(REDRAW)
        self._redraw.timeout.connect(self._draw)
        self._warm_up = QTimer(self)
        self._warm_up.setSingleShot(True)
        self._warm_up.setInterval(WARM_UP)
        self._warm_up.timeout.connect(self._make_plot)
        self._corner.log.toggled.connect(self._on_log_toggled)
        self._corner.reset.clicked.connect(self._on_reset_clicked)
        studio.run.run_added.connect(self._on_progressed)
        studio.run.progressed.connect(self._on_progressed)
        studio.run.finished.connect(self._on_progressed)
        studio.run_chosen.connect(self._on_progressed)
        studio.run.runs_forgotten.connect(self._on_runs_forgotten)
        studio.theme.changed.connect(self._on_theme_changed)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._plot is None:
            self._warm_up.start()
        self._redraw.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._redraw.start()

    def write(self, value: float) -> str:
        """A value as the legend writes it."""
        raise NotImplementedError

    def write_tick(self, value: float) -> str:
        """A value as the axis writes it."""
        raise NotImplementedError

    def limits(self, curves: list[Curve], *, log: bool) -> tuple[float, float]:
        """The values at the plot's bottom and top."""
        raise NotImplementedError

    def _make_plot(self) -> CurvePlot:
        if self._plot is None:
            from cnnstudio.gui.panels.curves.plot import CurvePlot

            self._warm_up.stop()
            self._plot = CurvePlot(self._studio.theme, self.write_tick)
            self._plot.setObjectName(f"{self.shows}_plot")
            self._plot.setAccessibleName(f"{self.title} over epochs")
            self._plot.setToolTip(tooltip("Wheel zooms, dragging moves, a double-click shows all of it again."))
            self._plot.hovered.connect(self._on_hovered)
            self._plot.range_chosen.connect(self._on_range_chosen)
            self._pages.addWidget(self._plot)
        return self._plot

    def _draw(self) -> None:
        """Show the last run, and those before it, as far as they have come."""
        from cnnstudio.gui.panels.curves.plot import Line

        runs = [history for history in self._studio.run.records if len(history.steps)][-MOST_RUNS:]
        curves = [self._curve(history, last=history is runs[-1]) for history in runs]
        if not curves or (curves[-1].empty and runs[-1].done is not None):
            self._say_empty(runs)
            return
        plot, histories = self._make_plot(), self._studio.run.records
        chosen = self._studio.chosen_run
        lines = [
            Line(curve, role_of_run(histories, history), history is chosen)
            for curve, history in zip(curves, runs, strict=True)
        ]
        plot.show_lines(lines, self.limits(curves, log=self._corner.log.isChecked()))
        self._pages.setCurrentWidget(plot)
        self._corner.show()
        self._last = curves[-1]
        self._say(None)

    def _curve(self, history: RunRecord, *, last: bool) -> Curve:
        if last or history.done is None:
            return curve_of(history, self.shows)
        if id(history) not in self._earlier:
            self._earlier[id(history)] = curve_of(history, self.shows)
        return self._earlier[id(history)]

    def _say_empty(self, runs: list[RunRecord]) -> None:
        self._pages.setCurrentWidget(self._empty)
        self._corner.hide()
        self._empty.show_text(f"The last run told no {self.shows}." if runs else self.empty_text)
        self._train.setVisible(not runs)

    def _say(self, epoch: float | None) -> None:
        """Write the values under the mouse into the legend, or the last ones."""
        curve = self._last
        if curve is None:
            return
        at, train, validation = curve.at(float(curve.epochs[-1]) if epoch is None else epoch)
        entries = [("accent", "train", train), ("validation", "validation", validation)]
        told = [(role, f"{name} {self.write(value)}") for role, name, value in entries if value is not None]
        self._corner.say([*([] if epoch is None else [("dim", f"epoch {at:.2f}")]), *told])

    def _on_progressed(self, change: object) -> None:
        if not self._redraw.isActive() and self.isVisible():
            self._redraw.start()

    def _on_runs_forgotten(self) -> None:
        self._earlier.clear()
        self._on_progressed(None)

    def _on_hovered(self, epoch: float | None) -> None:
        self._say(epoch)

    def _on_range_chosen(self, chosen: bool) -> None:
        self._corner.reset.setEnabled(chosen)

    def _on_log_toggled(self, log: bool) -> None:
        self._make_plot().use_log(log)
        self._draw()

    def _on_reset_clicked(self) -> None:
        self._make_plot().reset()

    def _on_theme_changed(self) -> None:
        self._corner.update_colors()
        if self._plot is not None:
            self._plot.update_colors()
            self._say(None)


class LossPanel(CurvePanel):
    """The loss of every batch, and of the validation images after every epoch."""

    title = "Loss"
    shows = "loss"
    empty_text = "The loss of every batch will be drawn here while the network learns."
    has_log = True

    def write(self, value: float) -> str:
        return f"{value:.3f}" if value >= 0.01 or value == 0.0 else f"{value:.2g}"

    def write_tick(self, value: float) -> str:
        return f"{value:g}" if value and abs(value) < 0.1 else f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"

    def limits(self, curves: list[Curve], *, log: bool) -> tuple[float, float]:
        from cnnstudio.gui.panels.curves.plot import limits_of

        return limits_of(curves, log=log)


class AccuracyPanel(CurvePanel):
    """The share of images that were judged right."""

    title = "Accuracy"
    shows = "accuracy"
    empty_text = "The share of images that the network gets right will be drawn here."

    def write(self, value: float) -> str:
        return format_percent(value)

    def write_tick(self, value: float) -> str:
        return f"{value:.0%}"

    def limits(self, curves: list[Curve], *, log: bool) -> tuple[float, float]:
        return 0.0, 1.02


class _Corner(QWidget):
    """The legend and the buttons at the plot's upper right."""

    def __init__(self, studio: Studio, metric: str, stage: QWidget) -> None:
        super().__init__(stage)
        self._studio = studio
        self._entries: list[tuple[str, str]] = []
        self._legend = _Legend()
        self._legend.setObjectName(f"{metric}_legend")
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self.log, self.reset = QToolButton(), QToolButton()
        self.log.setText("log")
        self.log.setCheckable(True)
        self.log.setObjectName(f"{metric}_log")
        self.log.setAccessibleName("Logarithmic scale")
        self.log.setToolTip(tooltip("Draw by the logarithm, which shows small losses better; off by default."))
        self.reset.setObjectName(f"{metric}_reset")
        self.reset.setAccessibleName("Show all")
        self.reset.setToolTip(tooltip("Show the whole run again after zooming or moving."))
        self.reset.setEnabled(False)
        self._export = ExportButton(studio, metric, stage)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 0)
        row.setSpacing(2)
        row.addStretch(1)
        row.addWidget(self._legend)
        row.addSpacing(8)
        for button in (self.log, self.reset, self._export):
            row.addWidget(button)
        self.update_colors()

    def say(self, entries: list[tuple[str, str]]) -> None:
        """Write these values, each behind a dot in the color of its role."""
        self._entries = entries
        color = self._studio.theme.color
        parts = [f"<span style='color:{color(role).name()}'>●&nbsp;{text}</span>" for role, text in entries]
        self._legend.setText("&nbsp;&nbsp; ".join(parts))
        self._legend.setAccessibleName(", ".join(text for _, text in entries))

    def update_colors(self) -> None:
        """Take the colors of the theme."""
        self.reset.setIcon(self._studio.theme.icon("fit", "dim"))
        self._export.setIcon(self._studio.theme.icon("more", "dim"))
        self.say(self._entries)


class _Legend(QLabel):
    """What the lines are and where they stand; the style sheet knows this class by name."""
