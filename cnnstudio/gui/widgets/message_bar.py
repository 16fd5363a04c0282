"""A slim bar above the canvas for what a person should know now; it never stands in the way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from cnnstudio.gui.look.theme import Theme

INFO_STAYS = 5000  # milliseconds


class MessageBar(QFrame):
    """Shows one sentence with an icon, a way to copy it, and at most one thing to do."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message_bar")
        self._theme = theme
        self._icon, self._text = QLabel(), QLabel()
        self._text.setObjectName("message_text")
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._action, self._copy, self._close = QPushButton(), QPushButton("Copy"), QToolButton()
        self._copy.setToolTip("Copy the message.")
        self._close.setToolTip("Close the message.")
        self._close.setAccessibleName("Close the message")
        self._close.setObjectName("message_close")
        self._action.setObjectName("message_action")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        for widget in (self._icon, self._text, self._action, self._copy, self._close):
            row.addWidget(widget)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self._close.clicked.connect(self.hide)
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._text.text()))
        self._action.clicked.connect(self._on_action)
        self._do: Callable[[], object] | None = None
        self._kind = "info"
        theme.changed.connect(self._color)
        self.hide()

    def show_message(self, kind: str, text: str, action: str = "", do: Callable[[], object] | None = None) -> None:
        """Show a sentence: a problem stays until it is closed, an info goes by itself."""
        self._kind, self._do = kind, do
        self._text.setText(text)
        self._color()
        self._action.setVisible(bool(action))
        self._action.setText(action)
        self._copy.setVisible(kind == "problem")
        self.show()
        if kind == "info" and not action:
            self._timer.start(INFO_STAYS)
        else:
            self._timer.stop()

    def clear_problem(self, *changed: object) -> None:
        """Take a problem away: what it was about is over."""
        if self._kind == "problem":
            self.hide()

    def _color(self) -> None:
        role = "problem" if self._kind == "problem" else "good"
        self._icon.setPixmap(self._theme.pixmap(role, role, 16, 2.0))
        self._close.setIcon(self._theme.icon("close", "dim"))

    def _on_action(self) -> None:
        self.hide()
        if self._do is not None:
            self._do()
