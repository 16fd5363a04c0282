"""What a monkey does with what opens on its own: it answers questions and file dialogs, and clicks in popups."""

from __future__ import annotations

import random
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMenu, QMessageBox, QWidget

INTERVAL = 7  # milliseconds
LEAVING = ("Quit", "Exit", "Close window")  # what would end the test
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Answers(QObject):
    """Deals with modal dialogs and popups as long as it is not stopped, also while they run an event loop."""

    def __init__(self, chance: random.Random, files: list[Path], folder: Path) -> None:
        super().__init__()
        self._chance, self._files, self._folder = chance, files, folder
        for name in ("getOpenFileName", "getSaveFileName"):
            setattr(QFileDialog, name, staticmethod(self._choose_file))
        QFileDialog.getExistingDirectory = staticmethod(self._choose_folder)  # type: ignore[method-assign,assignment]
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self._answer)
        self._timer.start()

    def stop(self) -> None:
        """Leave everything alone from now on."""
        self._timer.stop()

    def _choose_file(self, *asked: object) -> tuple[str, str]:
        chosen = self._chance.choice([*self._files, self._folder / "none.cnn", Path("/nonexistent/x.cnn")])
        return (str(chosen) if self._chance.random() < 0.8 else "", "")

    def _choose_folder(self, *asked: object) -> str:
        return self._chance.choice([str(self._folder), "/nonexistent", ""])

    def _answer(self) -> None:
        modal, popup = QApplication.activeModalWidget(), QApplication.activePopupWidget()
        if popup is not None:
            self._use(popup)
        elif isinstance(modal, QMessageBox) and modal.buttons():
            self._chance.choice(modal.buttons()).click()
        elif isinstance(modal, QDialog):
            modal.reject()

    def _use(self, popup: QWidget) -> None:
        if self._chance.random() < 0.4:
            popup.close()
        elif isinstance(popup, QMenu):
            entries = [action for action in popup.actions() if _usable(action)]
            if entries:
                QTest.mouseClick(popup, LEFT, NONE, popup.actionGeometry(self._chance.choice(entries)).center())
            else:
                popup.close()
        else:
            parts = [w for w in popup.findChildren(QWidget) if w.isVisible() and w.width() > 2 and w.height() > 2]
            part = self._chance.choice([popup, *parts])
            place = QPoint(self._chance.randrange(part.width()), self._chance.randrange(part.height()))
            QTest.mouseClick(part, LEFT, NONE, place)


def _usable(action: QAction) -> bool:
    leaves = any(word in action.text() for word in LEAVING)
    return action.isEnabled() and not action.isSeparator() and action.menu() is None and not leaves
