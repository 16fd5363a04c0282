"""Render the screenshots in README.md from the running program: `make screenshots`.

The networks come from templates and are really trained, on generated images.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QDockWidget

from cnnstudio.gui import app
from cnnstudio.gui.look import theme
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.settings import Settings
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.project import new_project

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
TIMEOUT = 120.0  # seconds to wait for any condition


def main() -> None:
    application = QApplication([])
    theme.prepare(application)
    FOLDER.mkdir(exist_ok=True)
    for take in (while_training, first_start, with_a_problem):
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat))
            window = app.make_window(settings, Path(folder))
            window.show()
            image = FOLDER / f"{take.__name__.replace('_', '-')}.png"
            take(window)
            settle()
            window.grab().save(str(image))
            print(image)
            window.studio.new(new_project("xo"))  # an unmodified project closes without a question
            window.close()
            window.deleteLater()


def while_training(window: MainWindow) -> None:
    """LeNet-5 during training on generated digits, in the dark theme."""
    studio = window.studio
    window.resize(1600, 1000)
    studio.theme.choose("dark")
    studio.new(new_project("lenet5"))
    wait(lambda: studio.data.dataset is not None and studio.live.current)
    studio.session.select(tuple(node.id for node in studio.session.graph.nodes.values() if node.name == "conv1"))
    studio.run.start()
    wait(lambda: len(studio.run.records) == 1 and len(studio.run.records[0].epochs) >= 6)
    studio.run.pause()


def first_start(window: MainWindow) -> None:
    """The trained X-or-O example in a small window, in the light theme."""
    studio = window.studio
    window.resize(1200, 760)
    studio.theme.choose("light")
    wait(lambda: studio.data.dataset is not None and studio.live.current)
    studio.run.start()
    wait(lambda: bool(studio.run.records) and studio.run.records[0].done is not None)


def with_a_problem(window: MainWindow) -> None:
    """A network with a missing layer and the message at the node concerned."""
    studio = window.studio
    window.resize(1200, 760)
    studio.theme.choose("dark")
    wait(lambda: studio.data.dataset is not None and studio.live.current)
    studio.session.select(
        tuple(key for key, node in studio.session.graph.nodes.items() if node.layer.kind == "flatten")
    )
    editing.delete_selection(studio.session)
    window.findChild(QDockWidget, "dock_problems").raise_()


def wait(until: Callable[[], bool]) -> None:
    """Process events until the condition holds."""
    end = time.monotonic() + TIMEOUT
    while not until():
        if time.monotonic() > end:
            raise SystemExit(f"timed out after {TIMEOUT:.0f} s")
        QApplication.processEvents()
        time.sleep(0.005)


def settle() -> None:
    """Process events for a second, so that everything is painted."""
    end = time.monotonic() + 1.0
    wait(lambda: time.monotonic() > end)


if __name__ == "__main__":
    main()
