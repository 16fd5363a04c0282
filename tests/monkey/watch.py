"""What must not happen while somebody uses the window: errors, Qt's warnings, threads that pile up or are left."""

from __future__ import annotations

import gc
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

import shiboken6
from PySide6.QtCore import QMessageLogContext, QThread, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QWidget

EXPECTED = ("This plugin does not support", "Failed to initialize grab")  # without a screen
MOST_THREADS = 8  # of Python, at one time: the run, its readers and shards, and one for each background task


class Watch:
    """Collects what goes wrong; `findings` says what, and after which action."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self._new: list[str] = []
        sys.excepthook = self._on_error
        threading.excepthook = lambda caught: self._new.append(
            "in a thread: " + "".join(traceback.format_exception(caught.exc_value))
        )
        sys.unraisablehook = lambda caught: self._new.append(f"unraisable: {caught.exc_value!r} in {caught.object!r}")
        qInstallMessageHandler(self._on_message)

    def check(self, action: str, window: QWidget) -> None:
        """Note what went wrong since the last check."""
        running = [thread.name for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)]
        if len(running) > MOST_THREADS:
            self._new.append(f"{len(running)} threads: {', '.join(sorted(running))}")
        if not window.isVisible():
            self._new.append("the window is gone")
            window.show()
        self._note(action)

    def check_end(self) -> None:
        """Note what is left after the window was closed and deleted."""
        running = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
        ours = [name for name in running if not name.startswith("Dummy")]
        if ours:
            self._new.append(f"threads left: {', '.join(sorted(ours))}")
        threads: list[Any] = [thing for thing in gc.get_objects() if isinstance(thing, QThread)]
        left = [t for t in threads if shiboken6.isValid(t) and t.isRunning() and t != QThread.currentThread()]
        if left:
            self._new.append(f"threads of Qt left: {left}")
        self._note("closing")

    def _note(self, action: str) -> None:
        self.findings += [f"after {action}: {found}" for found in self._new]
        self._new.clear()

    def _on_error(self, kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
        self._new.append("".join(traceback.format_exception(kind, error, where)))

    def _on_message(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) and not text.startswith(EXPECTED):
            self._new.append(f"{kind.name}: {text}")
