"""Small widgets on top of the canvas: a hint beside the pointer, the rename field, and help for an empty canvas."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from cnnstudio.gui.look.theme import UNIT

HINT_OFFSET = QPoint(16, 18)  # pixels from the pointer to the hint
MIN_FIELD_SIZE = (132, 26)  # pixels


class PointerHint(QLabel):
    """A text that follows the pointer, such as why a connection is not possible."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._owner = parent
        self.setObjectName("pointer_hint")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_text(self, text: str, pixel: QPoint) -> None:
        """Show the text beside this pixel of the parent; an empty text hides the hint."""
        self.setText(text)
        self.adjustSize()
        area, corner = self._owner.rect(), pixel + HINT_OFFSET
        self.move(min(corner.x(), area.right() - self.width()), min(corner.y(), area.bottom() - self.height()))
        self.setVisible(bool(text))
        self.raise_()


class RenameField(QLineEdit):
    """A text field for a layer's new name: Enter or losing focus accepts it, Escape cancels."""

    renamed = Signal(str)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(name, parent)
        self._done = False
        self.setObjectName("rename_field")
        self.setAccessibleName("Layer name")
        self.setToolTip("The layer's new name. Enter accepts it, Escape cancels.")
        self.setMaxLength(60)
        self.selectAll()

    def cover(self, header: QRect) -> None:
        """Cover a header, given in pixels of the parent, but stay large enough to read."""
        width, height = max(header.width(), MIN_FIELD_SIZE[0]), max(header.height(), MIN_FIELD_SIZE[1])
        rect = QRect(0, 0, width, height)
        rect.moveCenter(header.center())
        self.setGeometry(rect)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_field(accept=False)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.close_field(accept=True)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.close_field(accept=True)

    def close_field(self, *, accept: bool) -> None:
        """Close the field, and emit `renamed` if the name is accepted."""
        if self._done:
            return
        self._done = True
        parent = self.parentWidget()
        if accept:
            self.renamed.emit(self.text())
        if self.hasFocus() and parent is not None:
            parent.setFocus()
        self.hide()
        self.deleteLater()


class GettingStarted(QWidget):
    """Shown on an empty canvas: how to begin, with buttons for it."""

    layer_requested = Signal()
    network_requested = Signal()

    def __init__(self, add_keys: str, parent: QWidget) -> None:
        """`add_keys` is the shortcut for adding a layer."""
        super().__init__(parent)
        self.setObjectName("getting_started")
        title = QLabel("Build your network here", self)
        title.setObjectName("getting_started_title")
        text = QLabel(
            f"Drag a layer here from the list on the left, or press {add_keys}.\n"
            "Data flows from Input to Output; each layer shows its output.",
            self,
        )
        text.setObjectName("empty")
        add = QPushButton("Add a layer", self)
        add.setObjectName("add_first_layer")
        add.setToolTip("Choose the first layer from a list.")
        add.clicked.connect(self.layer_requested)
        start = QPushButton("Start with a small network", self)
        start.setObjectName("start_small_network")
        start.setToolTip("Build a small network that fits the dataset, for you to modify.")
        start.clicked.connect(self.network_requested)
        layout = QVBoxLayout(self)
        layout.setSpacing(3 * UNIT)
        for label in (title, text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(label)
        row = QHBoxLayout()
        row.setSpacing(2 * UNIT)
        row.addStretch()
        row.addWidget(add)
        row.addWidget(start)
        row.addStretch()
        layout.addLayout(row)
