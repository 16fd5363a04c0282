"""The content of a popup: a fixed width, and as high as its word-wrapped texts need."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

WIDTH = 352  # pixels
MARGIN = 12


class PopupPage(QWidget):
    """Its size hint follows from the layout's height for `WIDTH`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(WIDTH)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, self.heightForWidth(WIDTH))
