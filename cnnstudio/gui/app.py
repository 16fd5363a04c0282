"""Starts the desktop program: application, theme, main window, and a handler for unexpected errors."""

from __future__ import annotations

import argparse
import faulthandler
import gc
import logging
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox

from cnnstudio import __version__
from cnnstudio.gui.look import theme
from cnnstudio.gui.state import clipboard
from cnnstudio.gui.state.autosave import Autosave
from cnnstudio.gui.state.garbage_collector import GarbageCollector
from cnnstudio.gui.state.settings import Settings
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.project import ProjectFileError

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the main window, with a project if one is given, and run until it is closed."""
    options = _options(arguments)
    if sys.stderr is not None:
        faulthandler.enable()
    app = QApplication(sys.argv[:1])
    app.setApplicationName("CNN Studio")
    app.setApplicationVersion(__version__)
    theme.prepare(app)
    window = make_window(Settings())
    sys.excepthook = _report
    if options.project is not None:
        _open(window, options.project)
    window.show()
    QTimer.singleShot(0, window.offer_restore)
    code = app.exec()
    end(window)
    return code


def make_window(settings: Settings, autosave_folder: Path | None = None) -> MainWindow:
    """Create the main window with the initial project, whose dataset starts loading."""
    app_theme = theme.Theme()
    app_theme.choose(settings.theme)
    studio = Studio(settings, app_theme)
    autosave = Autosave(studio, autosave_folder)
    window = MainWindow(studio, autosave)
    studio.setParent(window)
    app_theme.setParent(window)
    GarbageCollector(window).start()
    studio.begin()
    autosave.start()
    return window


def end(window: MainWindow) -> None:
    """Delete a closed window with all that belongs to it, as long as Python and the application are whole.

    What is deleted while the interpreter exits is deleted in any order, and may crash.
    """
    clipboard.leave_text()
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="cnnstudio", description="Build, train and understand convolutional networks."
    )
    parser.add_argument("project", nargs="?", type=Path, metavar="FILE.cnn", help="the project to open")
    parser.add_argument("--version", action="version", version=f"cnnstudio {__version__}")
    return parser.parse_args(arguments)


def _open(window: MainWindow, path: Path) -> None:
    try:
        window.studio.open(path)
    except ProjectFileError as error:
        window.message_bar.show_message("problem", str(error))


def _report(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    """Log an unexpected error and show it with details that can be copied; the project stays open."""
    text = "".join(traceback.format_exception(kind, error, where))
    log.error("%s", text)
    print(text, file=sys.stderr)
    if issubclass(kind, KeyboardInterrupt):
        QApplication.quit()
        return
    box = QMessageBox(QMessageBox.Icon.Critical, "CNN Studio", "An unexpected error occurred.")
    box.setInformativeText(
        f"{error or kind.__name__}\n\nYour project is still open. Save it under another name to be safe."
    )
    for label in box.findChildren(QLabel):
        label.setTextFormat(Qt.TextFormat.PlainText)
    box.setDetailedText(text)
    box.exec()
