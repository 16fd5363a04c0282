"""A sentence that takes the room there is, and no more."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel

from cnnstudio.gui.look.theme import Theme
from cnnstudio.gui.widgets.labels import tooltip

LEAST = 96  # pixels


class ElidedLabel(QLabel):
    """Ends in an ellipsis where it is too long; the tooltip has all of it. Other words never move what is around."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def show_text(self, text: str) -> None:
        """Show this."""
        if text != self.text():
            self.setText(text)
            self.setToolTip(tooltip(text))

    def sizeHint(self) -> QSize:
        return QSize(LEAST, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self._theme.color("dim"))
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
