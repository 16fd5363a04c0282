"""Labels by their purpose in a panel; the style sheet refers to these classes by name."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class Heading(QLabel):
    """A section heading in capitals, with an ellipsis where it is too long for its panel."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text.upper(), parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def show_text(self, text: str) -> None:
        """Show the text in capitals; its accessible name keeps the original case."""
        self.setAccessibleName(text)
        self.setToolTip(tooltip(text))
        self.setText(text.upper())

    def minimumSizeHint(self) -> QSize:
        return QSize(1, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        place = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, place.width())
        self.style().drawItemText(
            QPainter(self), place, self.alignment(), self.palette(), self.isEnabled(), text, self.foregroundRole()
        )


class BodyText(QLabel):
    """Word-wrapped plain text that fills the panel's width; never interpreted as rich text."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)


class Caption(BodyText):
    """Small, dimmed text."""


class ErrorLabel(BodyText):
    """An error message, in the color of problems."""


class FieldLabel(QLabel):
    """The label in front of a form field."""

    def __init__(self, text: str, field: QWidget | None = None) -> None:
        super().__init__(text)
        self.setWordWrap(True)
        if field is not None:
            self.setBuddy(field)


class UnitLabel(QLabel):
    """A number's unit, shown inside its field."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def tooltip(text: str) -> str:
    """Plain text as a tooltip that wraps; Qt wraps rich text only."""
    return f"<p>{escape(text)}</p>"
