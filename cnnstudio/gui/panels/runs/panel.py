"""Runs: a table of the runs of this project; the selected one is highlighted among the curves."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QIcon, QPainter, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cnnstudio.gui.look.number_format import format_count, format_duration, format_percent
from cnnstudio.gui.panels.shared.run_colors import run_color
from cnnstudio.gui.panels.shared.train_button import TrainButton
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.empty_state import EmptyState
from cnnstudio.gui.widgets.labels import tooltip
from cnnstudio.runs.record import RunRecord
from cnnstudio.runs.state import RunState
from cnnstudio.spec.number_text import format_decimals, format_number
from cnnstudio.training.events import LearningRateChanged, Outcome

REFRESH_INTERVAL = 500  # milliseconds, while a run is active
HEADERS = {
    "Run": "The run, with the color of its curve.",
    "Optimizer": "The optimizer that updated the weights.",
    "Learning rate": "The learning rate, followed by the values it was changed to during the run.",
    "Epochs": "Passes over the training images, including those of earlier runs.",
    "Loss": "Mean training loss of the last epoch.",
    "Accuracy": "Percentage of training images classified correctly in the last epoch.",
    "Val. loss": "Loss on the validation images after the last epoch.",
    "Val. acc.": "Percentage of validation images classified correctly after the last epoch.",
    "Best": "The epoch with the lowest validation loss; its weights are kept beside the last ones.",
    "Time": "Duration of the run, pauses excluded.",
    "Images/s": "Training images per second.",
    "Outcome": "How the run ended.",
}
OUTCOMES = {
    None: "running",
    Outcome.FINISHED: "finished",
    Outcome.STOPPED: "stopped",
    Outcome.STOPPED_EARLY: "stopped early",
    Outcome.NOT_FINITE: "NaN or infinite",
    Outcome.FAILED: "failed",
}
TEXT_COLUMNS = (0, 1, len(HEADERS) - 1)  # the others hold numbers


class RunsPanel(QWidget):
    """One row per run, oldest first."""

    title = "Runs"

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._run = studio, studio.run
        self._table = QTreeWidget()
        self._table.setObjectName("runs_table")
        self._table.setAccessibleName("Runs of this project")
        self._table.setRootIsDecorated(False)
        self._table.setUniformRowHeights(True)
        self._table.setIconSize(QSize(10, 10))
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._table.setHeaderLabels(list(HEADERS))
        header = self._table.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        for column, text in enumerate(HEADERS.values()):
            self._table.headerItem().setToolTip(column, tooltip(text))
            self._table.headerItem().setTextAlignment(column, _alignment(column))
        self._empty = EmptyState("Every run of this project and its results will be listed here.")
        self._empty.add_button(TrainButton(studio, "runs_train"))
        self._exchange = QPushButton()
        self._exchange.setObjectName("exchange_weights")
        self._exchange.setAccessibleName("Exchange the last weights and the best ones")
        self._exchange.setToolTip(tooltip("The weights can be exchanged back until training continues."))
        self._exchange.clicked.connect(studio.weights.exchange)
        filled = QWidget()
        layout = QVBoxLayout(filled)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._table, 1)
        layout.addWidget(self._exchange, 0, Qt.AlignmentFlag.AlignLeft)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(filled)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_INTERVAL)
        self._timer.timeout.connect(self._fill)
        self._table.itemSelectionChanged.connect(self._on_selection_changed)
        studio.run.run_started.connect(self._on_run_started)
        studio.run.runs_replaced.connect(self._on_runs_replaced)
        studio.run.state_changed.connect(self._on_state_changed)
        studio.run.finished.connect(self._on_finished)
        studio.theme.changed.connect(self._fill)
        studio.weights.changed.connect(self._show_exchange)
        self._show_exchange()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fill()

    def _fill(self) -> None:
        """Fill in every run's row."""
        records = self._run.records
        while self._table.topLevelItemCount() > len(records):
            self._table.takeTopLevelItem(len(records))
        for row, record in enumerate(records):
            item = self._table.topLevelItem(row)
            if item is None:
                item = QTreeWidgetItem(self._table)
            for column, text in enumerate(_cells(record)):
                item.setText(column, text)
                item.setTextAlignment(column, _alignment(column))
            item.setIcon(0, self._dot(run_color(records, record)))
        self._pages.setCurrentIndex(1 if records else 0)

    def _show_exchange(self) -> None:
        """Offer the best weights, or the last ones again."""
        offer = self._studio.weights.offer
        self._exchange.setText(offer)
        self._exchange.setVisible(bool(offer))

    def _dot(self, role: str) -> QIcon:
        image = QPixmap(20, 20)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._studio.theme.color(role))
        painter.drawEllipse(2, 2, 16, 16)
        painter.end()
        return QIcon(image)

    def _on_run_started(self, record: RunRecord) -> None:
        self._fill()

    def _on_runs_replaced(self) -> None:
        self._table.clear()
        self._fill()

    def _on_state_changed(self, state: RunState) -> None:
        if state in (RunState.IDLE, RunState.PAUSED):
            self._timer.stop()
        else:
            self._timer.start()
        self._fill()

    def _on_finished(self, done: object) -> None:
        self._fill()

    def _on_selection_changed(self) -> None:
        rows = [index.row() for index in self._table.selectionModel().selectedRows()]
        self._studio.choose_run(self._run.records[rows[0]] if rows else None)


def _cells(record: RunRecord) -> list[str]:
    """The row of a run; numbers of its last epoch where it has not ended."""
    by_hand = [mark.rate for mark in record.marks if isinstance(mark, LearningRateChanged)]
    last, done, batch = (record.epochs[-1] if record.epochs else None), record.done, record.last
    optimizer = record.training.optimizer
    loss = done.loss if done and done.loss is not None else last.loss if last else None
    accuracy = done.accuracy if done and done.accuracy is not None else last.accuracy if last else None
    return [
        record.title,
        optimizer.title,
        " → ".join(format_number(rate) for rate in (optimizer.rate, *by_hand)),
        f"{batch.position:.3g}" if batch else "",
        _loss(loss),
        "" if accuracy is None else format_percent(accuracy),
        _loss(last.validation_loss if last else None),
        "" if last is None or last.validation_accuracy is None else format_percent(last.validation_accuracy),
        "" if record.best_epoch is None else f"epoch {record.best_epoch.epoch}",
        format_duration(record.seconds),
        format_count(round(batch.images_per_second)) if batch else "",
        OUTCOMES[record.outcome],
    ]


def _loss(value: float | None) -> str:
    return "" if value is None else format_decimals(value, 4)


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column in TEXT_COLUMNS else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter
