"""The log."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QTextBrowser
from pytestqt.qtbot import QtBot

from cnnstudio.gui.panels.log.panel import MOST, LogPanel
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


def test_writes_what_is_said_with_the_time(panel: LogPanel, studio: Studio) -> None:
    studio.said.emit("info", "Saved the curves.")
    assert re.fullmatch(r"\d\d:\d\d:\d\d\W+Saved the curves\.", text(panel))


def test_tells_a_run_from_its_start_to_its_end(
    panel: LogPanel, studio: Studio, trained: Callable[[int], Studio]
) -> None:
    trained(2)
    lines = text(panel).split("\n")
    assert "Run 1 learns in 150 steps on NumPy" in lines[0]
    assert re.search(r"NumPy · \d+ threads?\.$", lines[0])
    assert re.search(r"Epoch 1: loss \d\.\d{4}, accuracy .*%, validation loss .*, \d.* images a second\.", lines[1])
    assert "Epoch 2: " in lines[2]
    assert "The run is finished at step 150." in lines[3]


def test_tells_of_saved_files_and_failures(panel: LogPanel, studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    with qtbot.waitSignal(studio.saved):
        studio.save(tmp_path / "net.cnn")
    studio.run.failed.emit(RuntimeError("out of memory"))
    assert f"Saved {tmp_path / 'net.cnn'}." in text(panel)
    assert "The run broke off: out of memory" in text(panel)


def test_a_problem_can_be_copied(panel: LogPanel, studio: Studio) -> None:
    studio.said.emit("info", "First.")
    studio.said.emit("problem", "<b>There</b> is no folder & none will be.")
    browser = panel.findChild(QTextBrowser, "log_text")
    assert "<b>There</b> is no folder & none will be." in text(panel)
    link = re.search(r'href="(copy:\d+)"', browser.toHtml())
    browser.anchorClicked.emit(QUrl(link.group(1)))
    assert QGuiApplication.clipboard().text().endswith("<b>There</b> is no folder & none will be.")


def test_all_of_it_can_be_copied(panel: LogPanel, studio: Studio, qtbot: QtBot) -> None:
    for sentence in ("One.", "Two."):
        studio.said.emit("info", sentence)
    qtbot.mouseClick(panel.findChild(QPushButton, "log_copy"), Qt.MouseButton.LeftButton)
    assert [line[9:] for line in QGuiApplication.clipboard().text().split("\n")] == ["One.", "Two."]


def test_old_lines_are_forgotten(panel: LogPanel, studio: Studio) -> None:
    for number in range(MOST + 10):
        studio.said.emit("info", f"Line {number}.")
    lines = text(panel).split("\n")
    assert len(lines) == MOST
    assert lines[-1].endswith(f"Line {MOST + 9}.")
    assert lines[0].endswith("Line 10.")


def test_in_the_window_everything_is_told_once(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    panel, studio = window.findChild(LogPanel), window.studio
    with qtbot.waitSignal(studio.saved):
        studio.save(tmp_path / "net.cnn")
    studio.run.failed.emit(RuntimeError("out of memory"))
    studio.judge.failed.emit(RuntimeError("no image"))
    told = [line.split("\N{NO-BREAK SPACE}")[-1].strip() for line in text(panel).split("\n")]
    assert len(told) == 3
    assert f"Saved {tmp_path / 'net.cnn'}." in told[0]
    assert "The run broke off: out of memory" in told[1]
    assert "The images cannot be judged: no image" in told[2]
