"""A bar for messages that do not need a dialog: saved, failed, restore unsaved work."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from cnnstudio.gui.look.theme import Theme

INFO_STAYS = 5000  # milliseconds


class MessageBar(QFrame):
    """Shows one message with an icon and at most one action; problems can be copied."""

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
        self._close.setToolTip("Dismiss the message.")
        self._close.setAccessibleName("Dismiss")
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
        self._action.clicked.connect(self._on_action_clicked)
        self._on_action: Callable[[], object] | None = None
        self._kind = "info"
        theme.changed.connect(self._update_colors)
        self.hide()

    def show_message(
        self, kind: str, text: str, action: str = "", on_action: Callable[[], object] | None = None
    ) -> None:
        """Show a message of `kind` "info" or "problem".

        A problem stays until it is dismissed, an info without an action hides after `INFO_STAYS`.
        """
        self._kind, self._on_action = kind, on_action
        self._text.setText(text)
        self._update_colors()
        self._action.setVisible(bool(action))
        self._action.setText(action)
        self._copy.setVisible(kind == "problem")
        self.show()
        if kind == "info" and not action:
            self._timer.start(INFO_STAYS)
        else:
            self._timer.stop()

    def clear_problem(self, *changed: object) -> None:
        """Hide a problem whose cause is gone; other messages stay."""
        if self._kind == "problem":
            self.hide()

    def _update_colors(self) -> None:
        role = "problem" if self._kind == "problem" else "good"
        self._icon.setPixmap(self._theme.pixmap(role, role, 16, 2.0))
        self._close.setIcon(self._theme.icon("close", "dim"))

    def _on_action_clicked(self) -> None:
        self.hide()
        if self._on_action is not None:
            self._on_action()
