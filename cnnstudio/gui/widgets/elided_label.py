"""A single-line label that ends in an ellipsis where its text is too long."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel

from cnnstudio.gui.look.theme import Theme
from cnnstudio.gui.widgets.labels import tooltip

MIN_WIDTH = 96  # pixels


class ElidedLabel(QLabel):
    """The tooltip holds the whole text. The size hint does not depend on the text, so neighbors never move."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setTextFormat(Qt.TextFormat.PlainText)

    def show_text(self, text: str) -> None:
        """Set the text and its tooltip."""
        if text != self.text():
            self.setText(text)
            self.setToolTip(tooltip(text))

    def sizeHint(self) -> QSize:
        return QSize(MIN_WIDTH, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self._theme.color("dim"))
        elided = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)
