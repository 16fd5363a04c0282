"""Log: what happened and when, in sentences."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape

from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from cnnstudio.gui.look.number_format import format_count, format_percent
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.labels import tooltip
from cnnstudio.runs.record import RunRecord
from cnnstudio.training.events import DeviceChanged, EpochDone, LearningRateChanged, RunDone, RunStarted

MOST = 2000  # sentences that are kept


@dataclass(frozen=True)
class Line:
    """A sentence, its time, its kind (info or problem) and its number since the start."""

    number: int
    time: str
    kind: str
    sentence: str


class LogPanel(QWidget):
    """Sentences with the time, the last one at the bottom; errors have a link that copies them."""

    title = "Log"

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._lines: deque[Line] = deque(maxlen=MOST)
        self._count = 0  # of all lines so far, those that are forgotten included
        self._told_start, self._told_marks = False, 0  # what of the last run is written
        self._text = QTextBrowser()
        self._text.setObjectName("log_text")
        self._text.setAccessibleName("Log")
        self._text.setOpenLinks(False)
        self._text.document().setMaximumBlockCount(MOST)
        self._text.document().setDocumentMargin(8)
        self._copy = QPushButton("Copy all")
        self._copy.setObjectName("log_copy")
        self._copy.setToolTip(tooltip("Put the whole log on the clipboard, to send it to someone."))
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
        studio.said.connect(self.write)
        studio.run.run_added.connect(self._on_run_added)
        studio.run.progressed.connect(self._on_progressed)
        studio.run.epoch_done.connect(self._on_epoch_done)
        studio.run.finished.connect(self._on_finished)
        studio.theme.changed.connect(self._write_all)

    def write(self, kind: str, sentence: str) -> None:
        """Add a sentence; `kind` is info or problem."""
        line = Line(self._count, datetime.now().strftime("%H:%M:%S"), kind, sentence)
        self._count += 1
        self._lines.append(line)
        self._append(line)

    def _append(self, line: Line) -> None:
        """Show a line; the view stays at the bottom if it was there."""
        color = self._studio.theme.color
        text = f"<span style='color:{color('dim').name()}'>{line.time}</span>&nbsp; "
        if line.kind == "problem":
            text += f"<span style='color:{color('problem').name()}'>● {escape(line.sentence)}</span> &nbsp;"
            text += f"<a href='copy:{line.number}' style='color:{color('accent').name()}'>Copy</a>"
        else:
            text += escape(line.sentence)
        bar = self._text.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        cursor = QTextCursor(self._text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if not self._text.document().isEmpty():
            cursor.insertBlock()
        cursor.insertHtml(text)
        if at_end:
            bar.setValue(bar.maximum())

    def _write_all(self) -> None:
        self._text.clear()
        for line in self._lines:
            self._append(line)

    def _on_run_added(self, history: RunRecord) -> None:
        self._told_start, self._told_marks = False, 0

    def _on_progressed(self, history: RunRecord) -> None:
        """Write where the run computes, and what was changed in it, once each."""
        if history.started is not None and not self._told_start:
            self._told_start = True
            self.write("info", _started(history.title, history.started))
        for mark in history.marks[self._told_marks :]:
            if isinstance(mark, DeviceChanged):
                self.write("problem", f"The device failed ({mark.reason}); the run goes on with {mark.device}.")
            elif isinstance(mark, LearningRateChanged):
                step = format_count(mark.step)
                self.write("info", f"The learning rate is {mark.rate:g} from step {step} on.")
        self._told_marks = len(history.marks)

    def _on_epoch_done(self, done: EpochDone) -> None:
        self._on_progressed(self._studio.run.records[-1])
        words = [f"loss {done.loss:.4f}"]
        if done.accuracy is not None:
            words.append(f"accuracy {format_percent(done.accuracy)}")
        if done.validation_loss is not None:
            words.append(f"validation loss {done.validation_loss:.4f}")
        if done.validation_accuracy is not None:
            words.append(f"validation accuracy {format_percent(done.validation_accuracy)}")
        speed = format_count(round(done.images_per_second))
        self.write("info", f"Epoch {done.epoch}: {', '.join(words)}, {speed} images a second.")

    def _on_finished(self, done: RunDone) -> None:
        step = format_count(done.step)
        if done.reason == "not_finite":
            self.write("problem", done.message)
        else:
            self.write(
                "info", f"The run {'was stopped' if done.reason == 'stopped' else 'is finished'} at step {step}."
            )

    def _on_anchor_clicked(self, link: QUrl) -> None:
        number = int(link.path())
        self._put_on_clipboard(line for line in self._lines if line.number == number)

    def _on_copy_clicked(self) -> None:
        self._put_on_clipboard(self._lines)

    def _put_on_clipboard(self, lines: Iterable[Line]) -> None:
        QGuiApplication.clipboard().setText("\n".join(f"{line.time} {line.sentence}" for line in lines))


def _started(title: str, started: RunStarted) -> str:
    """What a run is going to do, and on which device and why."""
    ahead = format_count(started.total_steps - started.first_step)
    goes_on = f" from step {format_count(started.first_step)}" if started.first_step else ""
    reason = f": {started.reason}" if started.reason else "."
    return f"{title} learns{goes_on} in {ahead} steps on {started.device}{reason}"
