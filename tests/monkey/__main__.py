"""Run with `-m tests.monkey SEED ACTIONS FOLDER [PROJECT]`: exits with 1 and says why if something went wrong."""

from __future__ import annotations

import faulthandler
import random
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from cnnstudio.gui.app import end, make_window
from cnnstudio.gui.look.theme import prepare
from cnnstudio.gui.state.settings import Settings
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.project import new_project, save
from tests.monkey.answers import Answers
from tests.monkey.hands import ACTIONS, Hands
from tests.monkey.watch import Watch

STUCK = 60  # seconds that an action may take; then every thread's stack is written, and the process ends


class Monkey(QObject):
    """Does one action after another in the application's event loop, then closes the window."""

    def __init__(self, window: MainWindow, watch: Watch, seed: int, actions: int, folder: Path) -> None:
        super().__init__()
        self._window, self._watch, self._left = window, watch, actions
        self._chance = random.Random(seed)
        files = _files(folder)
        self._hands, self._answers = Hands(window, self._chance, files), Answers(self._chance, files, folder)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._act)

    def start(self) -> None:
        """Begin once the event loop runs."""
        self._timer.start(1)

    def _act(self) -> None:
        if not self._left:
            self._close()
            return
        self._left -= 1
        action = self._chance.choices(list(ACTIONS), list(ACTIONS.values()))[0]
        faulthandler.dump_traceback_later(STUCK, exit=True)
        try:
            action(self._hands)
        except Exception:
            sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        faulthandler.cancel_dump_traceback_later()
        self._watch.check(f"{self._left} {action.__name__}", self._window)

    def _close(self) -> None:
        if QApplication.activeModalWidget() is not None:
            return
        self._timer.stop()
        self._answers.stop()
        self._window.studio.new(self._window.studio.session.project)  # nothing in it is worth a question
        self._window.close()


def main(seed: int, actions: int, folder: Path, template: str = "xo") -> int:
    """Open the window as the program does, let the monkey at it, and end as the program does."""
    faulthandler.enable()
    app = QApplication([])
    prepare(app)
    watch = Watch()
    window = make_window(Settings(QSettings(str(folder / "s.ini"), QSettings.Format.IniFormat)), folder / "autosave")
    window.studio.run.set_watchable(False)
    if template != "xo":
        window.studio.new(new_project(template))
    window.show()
    monkey = Monkey(window, watch, seed, actions, folder)
    monkey.start()
    app.exec()
    del monkey
    end(window)
    watch.check_end()
    for finding in watch.findings:
        print(finding)
    return 1 if watch.findings else 0


def _files(folder: Path) -> list[Path]:
    """Two projects and a file that is none."""
    files = [folder / f"{name}.cnn" for name in ("first", "second", "damaged")]
    save(files[0], new_project("xo"))
    save(files[1], new_project("lenet5"))
    files[2].write_bytes(b"damaged")
    return files


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:5]))
