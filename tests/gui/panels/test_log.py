"""The Log panel."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QTextBrowser
from pytestqt.qtbot import QtBot

from cnnstudio.gui.look.number_format import format_count
from cnnstudio.gui.panels.log.panel import MAX_MESSAGES, LogPanel
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.window.main_window import MainWindow


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> LogPanel:
    made = LogPanel(studio)
    qtbot.addWidget(made)
    made.resize(480, 240)
    made.show()
    qtbot.waitExposed(made)
    return made


def text(panel: LogPanel) -> str:
    return panel.findChild(QTextBrowser, "log_text").toPlainText()


def test_messages_are_logged_with_the_time(panel: LogPanel, studio: Studio) -> None:
    studio.message.emit("info", "Saved the curves.")
    assert re.fullmatch(r"\d\d:\d\d:\d\d\W+Saved the curves\.", text(panel))


def test_a_run_is_logged_from_start_to_end(panel: LogPanel, studio: Studio, trained: Callable[[int], Studio]) -> None:
    trained(2)
    lines = text(panel).split("\n")
    assert "Run 1: training 150 steps on NumPy" in lines[0]
    assert re.search(r"NumPy · \d+ threads?\.$", lines[0])
    assert re.search(r"Epoch 1: loss \d\.\d{4}, accuracy .*%, validation loss .*, \d.* images/s\.", lines[1])
    assert "Epoch 2: " in lines[2]
    assert "The run finished at step 150." in lines[3]


def test_saved_files_and_failures_are_logged(panel: LogPanel, studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    with qtbot.waitSignal(studio.saved):
        studio.save(tmp_path / "net.cnn")
    studio.run.failed.emit(RuntimeError("out of memory"))
    assert f"Saved {tmp_path / 'net.cnn'}." in text(panel)
    assert "The run failed: out of memory" in text(panel)


def test_the_log_opens_at_its_end(panel: LogPanel, studio: Studio) -> None:
    panel.hide()
    for number in range(100):
        studio.message.emit("info", f"message {number}")
    panel.show()
    bar = panel.findChild(QTextBrowser, "log_text").verticalScrollBar()
    assert bar.value() == bar.maximum() > 0


def test_numbers_stay_on_one_line(panel: LogPanel, studio: Studio) -> None:
    studio.message.emit("info", f"{format_count(2437)} images/s.")
    shown = panel.findChild(QTextBrowser, "log_text").document().toRawText()
    assert shown.endswith("2\N{NO-BREAK SPACE}437 images/s.")


def test_a_problem_can_be_copied(panel: LogPanel, studio: Studio) -> None:
    studio.message.emit("info", "First.")
    studio.message.emit("problem", "<b>There</b> is no folder & none will be.")
    browser = panel.findChild(QTextBrowser, "log_text")
    assert "<b>There</b> is no folder & none will be." in text(panel)
    link = re.search(r'href="(copy:\d+)"', browser.toHtml())
    browser.anchorClicked.emit(QUrl(link.group(1)))
    assert QGuiApplication.clipboard().text().endswith("<b>There</b> is no folder & none will be.")


def test_the_whole_log_can_be_copied(panel: LogPanel, studio: Studio, qtbot: QtBot) -> None:
    for sentence in ("One.", "Two."):
        studio.message.emit("info", sentence)
    qtbot.mouseClick(panel.findChild(QPushButton, "log_copy"), Qt.MouseButton.LeftButton)
    assert [line[9:] for line in QGuiApplication.clipboard().text().split("\n")] == ["One.", "Two."]


def test_old_messages_are_dropped(panel: LogPanel, studio: Studio) -> None:
    for number in range(MAX_MESSAGES + 10):
        studio.message.emit("info", f"Line {number}.")
    lines = text(panel).split("\n")
    assert len(lines) == MAX_MESSAGES
    assert lines[-1].endswith(f"Line {MAX_MESSAGES + 9}.")
    assert lines[0].endswith("Line 10.")


def test_in_the_window_every_message_is_logged_once(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    panel, studio = window.findChild(LogPanel), window.studio
    with qtbot.waitSignal(studio.saved):
        studio.save(tmp_path / "net.cnn")
    studio.run.failed.emit(RuntimeError("out of memory"))
    studio.evaluator.failed.emit(RuntimeError("no image"))
    messages = [line.split("\N{NO-BREAK SPACE}")[-1].strip() for line in text(panel).split("\n")]
    assert len(messages) == 3
    assert f"Saved {tmp_path / 'net.cnn'}." in messages[0]
    assert "The run failed: out of memory" in messages[1]
    assert "The evaluation failed: no image" in messages[2]
