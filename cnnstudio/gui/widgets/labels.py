"""Texts by their part in a panel; the style sheet knows these classes by name."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class Heading(QLabel):
    """Small capitals over a section."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text.upper(), parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def show_text(self, text: str) -> None:
        """Show this in capitals; screen readers read it as it is."""
        self.setAccessibleName(text)
        self.setText(text.upper())


class BodyText(QLabel):
    """Running text of the panel's width; what people wrote in it is never taken for markup."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)


class Caption(BodyText):
    """A dimmed remark."""


class ErrorLabel(BodyText):
    """What is wrong, in the color of problems."""


class FieldLabel(QLabel):
    """What stands before a field."""

    def __init__(self, text: str, field: QWidget | None = None) -> None:
        super().__init__(text)
        self.setWordWrap(True)
        if field is not None:
            self.setBuddy(field)


class UnitLabel(QLabel):
    """What a number counts, faint, within its field."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def tooltip(text: str) -> str:
    """A tooltip that breaks into lines."""
    return f"<p>{escape(text)}</p>"
