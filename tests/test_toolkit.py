"""The installed PySide6 survives many calls without a result.

PySide6 6.12.0 loses a reference to None at each such call and each signal, and aborts when none is left; a test run can
say that all passed and still exit with 134.
"""

from __future__ import annotations

import os
import subprocess
import sys

CODE = """
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QPushButton

class Sender(QObject):
    sent = Signal(object)

app = QApplication([])
button, sender, heard = QPushButton(), Sender(), []
sender.sent.connect(heard.append)
for number in range(7000):
    button.setEnabled(number % 2 == 0)
for number in range(500):
    sender.sent.emit(None)
assert len(heard) == 500
print("done")
"""


def test_pyside_does_not_lose_references() -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "done"), done.stderr
