"""Starting and exiting the program, and reporting unexpected errors."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio import __version__
from cnnstudio.gui import app
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.project import new_project, save
from tests.gui.window_user import Button, WindowUser, button_clicked

CHECKOUT = Path(__file__).resolve().parents[2]
CHILD = """
import os
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel
from cnnstudio.gui import app
from cnnstudio.gui.state import clipboard, editing
from cnnstudio.gui.window.main_window import MainWindow

class Told(MainWindow):
    def showEvent(self, event):
        super().showEvent(event)
        QTimer.singleShot(0, self, self.tell)

    def tell(self):
        shown, nodes = set(self.studio.live.maps.arrays), set(self.studio.session.graph.nodes)
        if self.studio.data.reading or shown != nodes:
            QTimer.singleShot(20, self, self.tell)
            return
        if "COPY" in os.environ:
            editing.select_all(self.studio.session)
            clipboard.copy_selection(self.studio.session)
        print(self.windowTitle(), "|", self.findChild(QLabel, "message_text").text())
        self.close()

app.MainWindow = Told
sys.exit(app.main(sys.argv[1:]))
"""


def start(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Start the program in a process of its own, wait for feature maps, read the window, and close it."""
    script = tmp_path / "start.py"
    script.write_text(CHILD, encoding="utf-8")
    folders = {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")}
    environment = {**os.environ, **folders, "PYTHONPATH": str(CHECKOUT), "QT_QPA_PLATFORM": "offscreen", **variables}
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)


def test_starts_and_exits(tmp_path: Path) -> None:
    ended = start(tmp_path)
    assert ended.stdout == "X or O[*] - CNN Studio | \n"
    assert ended.returncode == 0
    assert "Traceback" not in ended.stderr


def test_exits_cleanly_with_copied_nodes_on_the_clipboard(tmp_path: Path) -> None:
    ended = start(tmp_path, COPY="1")
    assert ended.returncode == 0, ended.stderr


def test_starts_and_exits_where_the_home_folder_is_a_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("no folder")
    ended = start(tmp_path, HOME=str(home), XDG_CONFIG_HOME=str(home), XDG_STATE_HOME=str(home))
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr


def test_opens_the_project_given_on_the_command_line(tmp_path: Path) -> None:
    save(tmp_path / "named.cnn", new_project("xo"))
    assert start(tmp_path, str(tmp_path / "named.cnn")).stdout == "named.cnn[*] - CNN Studio | \n"


def test_reports_why_the_given_project_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "bad.cnn").write_text("no project")
    ended = start(tmp_path, str(tmp_path / "bad.cnn"))
    assert ended.stdout.startswith("X or O[*] - CNN Studio | ")
    assert "bad.cnn is not a CNN Studio project" in ended.stdout
    assert ended.returncode == 0


def test_prints_its_version(tmp_path: Path) -> None:
    assert start(tmp_path, "--version").stdout == f"cnnstudio {__version__}\n"


def test_an_unexpected_error_is_reported_and_the_window_stays_open(
    open_window: Callable[..., MainWindow], qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    user = WindowUser(open_window(), qtbot)
    seen: list[str] = []

    def read(asked: QWidget) -> None:
        assert isinstance(asked, QMessageBox)
        seen.extend((asked.text(), asked.informativeText(), asked.detailedText()))
        button_clicked(Button.Ok)(asked)

    with user.answering(read):
        try:
            raise RuntimeError("the paint has run out")
        except RuntimeError as error:
            app._report(RuntimeError, error, error.__traceback__)
    assert seen[0] == "An unexpected error occurred."
    assert seen[1].startswith("the paint has run out")
    assert "Traceback" in seen[2]
    assert "Traceback" not in seen[0] + seen[1]
    assert "the paint has run out" in capsys.readouterr().err
    assert user.window.isVisible()
