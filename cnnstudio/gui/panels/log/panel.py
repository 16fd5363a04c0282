"""The Log panel: timestamped messages of runs, files and problems."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape

from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from cnnstudio.gui.look.number_format import THOUSANDS_SEPARATOR, format_count, format_percent
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.labels import tooltip
from cnnstudio.runs.record import RunRecord
from cnnstudio.spec.number_text import format_decimals
from cnnstudio.training.events import DeviceChanged, EpochDone, LearningRateChanged, Outcome, RunDone, RunStarted

MAX_MESSAGES = 2000  # older ones are dropped


@dataclass(frozen=True)
class LogMessage:
    """A message with its time of day, its kind (info or problem), and its number since the program started."""

    number: int
    time: str
    kind: str
    text: str


class LogPanel(QWidget):
    """Newest message at the bottom; each problem has a link that copies it."""

    title = "Log"

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._messages: deque[LogMessage] = deque(maxlen=MAX_MESSAGES)
        self._count = 0  # of all messages, including dropped ones
        self._logged_start, self._logged_marks = False, 0  # what is logged of the last run
        self._text = QTextBrowser()
        self._text.setObjectName("log_text")
        self._text.setAccessibleName("Log")
        self._text.setOpenLinks(False)
        self._text.document().setMaximumBlockCount(MAX_MESSAGES)
        self._text.document().setDocumentMargin(8)
        self._copy = QPushButton("Copy all")
        self._copy.setObjectName("log_copy")
        self._copy.setToolTip(tooltip("Copy the whole log to the clipboard."))
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 4, 8, 8)
        foot.addStretch(1)
        foot.addWidget(self._copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._text, 1)
        column.addLayout(foot)
        self._text.anchorClicked.connect(self._on_anchor_clicked)
        self._copy.clicked.connect(self._on_copy_clicked)
        studio.message.connect(self.log)
        studio.run.run_started.connect(self._on_run_started)
        studio.run.progressed.connect(self._on_progressed)
        studio.run.epoch_done.connect(self._on_epoch_done)
        studio.run.finished.connect(self._on_finished)
        studio.theme.changed.connect(self._show_all)

    def log(self, kind: str, text: str) -> None:
        """Add a message; `kind` is info or problem."""
        message = LogMessage(self._count, datetime.now().strftime("%H:%M:%S"), kind, text)
        self._count += 1
        self._messages.append(message)
        self._append(message)

    def _append(self, message: LogMessage) -> None:
        """Show a message; keep the view scrolled to the bottom if it is there."""
        color = self._studio.theme.color
        text = f"<span style='color:{color('dim').name()}'>{message.time}</span>&nbsp; "
        if message.kind == "problem":
            text += f"<span style='color:{color('problem').name()}'>● {_html(message.text)}</span> &nbsp;"
            text += f"<a href='copy:{message.number}' style='color:{color('accent').name()}'>Copy</a>"
        else:
            text += _html(message.text)
        bar = self._text.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        cursor = QTextCursor(self._text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if not self._text.document().isEmpty():
            cursor.insertBlock()
        cursor.insertHtml(text)
        if at_end:
            bar.setValue(bar.maximum())

    def _show_all(self) -> None:
        self._text.clear()
        for message in self._messages:
            self._append(message)

    def _on_run_started(self, record: RunRecord) -> None:
        self._logged_start, self._logged_marks = False, len(record.marks)

    def _on_progressed(self, record: RunRecord) -> None:
        """Log the start of the run, and each change of its device or learning rate, once."""
        if record.started is not None and not self._logged_start:
            self._logged_start = True
            self.log("info", _start_message(record.title, record.started))
        for mark in record.marks[self._logged_marks :]:
            if isinstance(mark, DeviceChanged):
                self.log("problem", f"The device failed ({mark.reason}). Training continues on {mark.device}.")
            elif isinstance(mark, LearningRateChanged):
                step = format_count(mark.step)
                self.log("info", f"Learning rate changed to {mark.rate:g} at step {step}.")
        self._logged_marks = len(record.marks)

    def _on_epoch_done(self, done: EpochDone) -> None:
        self._on_progressed(self._studio.run.records[-1])
        parts = [f"loss {format_decimals(done.loss, 4)}"]
        if done.accuracy is not None:
            parts.append(f"accuracy {format_percent(done.accuracy)}")
        if done.validation_loss is not None:
            parts.append(f"validation loss {format_decimals(done.validation_loss, 4)}")
        if done.validation_accuracy is not None:
            parts.append(f"validation accuracy {format_percent(done.validation_accuracy)}")
        speed = format_count(round(done.images_per_second))
        self.log("info", f"Epoch {done.epoch}: {', '.join(parts)}, {speed} images/s.")

    def _on_finished(self, done: RunDone) -> None:
        step = format_count(done.step)
        if done.reason is Outcome.NOT_FINITE:
            self.log("problem", done.message)
        elif done.reason is Outcome.STOPPED_EARLY:
            self.log("info", f"The run stopped early at step {step}. {done.message}")
        else:
            self.log(
                "info", f"The run {'was stopped' if done.reason is Outcome.STOPPED else 'finished'} at step {step}."
            )

    def _on_anchor_clicked(self, link: QUrl) -> None:
        number = int(link.path())
        self._put_on_clipboard(message for message in self._messages if message.number == number)

    def _on_copy_clicked(self) -> None:
        self._put_on_clipboard(self._messages)

    def _put_on_clipboard(self, lines: Iterable[LogMessage]) -> None:
        QGuiApplication.clipboard().setText("\n".join(f"{message.time} {message.text}" for message in lines))


def _html(text: str) -> str:
    """The text as HTML. Qt would wrap lines at narrow no-break spaces, so they become no-break spaces."""
    return escape(text).replace(THOUSANDS_SEPARATOR, "&nbsp;")


def _start_message(title: str, started: RunStarted) -> str:
    """How far a run will train, on which device, and why on that one."""
    steps = format_count(started.total_steps - started.first_step)
    resumed = f", resuming at step {format_count(started.first_step)}" if started.first_step else ""
    reason = f": {started.reason}" if started.reason else "."
    return f"{title}: training {steps} steps on {started.device}{resumed}{reason}"
