"""Small widgets that lie over the canvas: words beside the pointer, the field for a new name, and what to do first."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from cnnstudio.gui.look.theme import UNIT

BESIDE = QPoint(16, 18)  # from the pointer to the words beside it
SMALLEST_FIELD = (132, 26)


class PointerHint(QLabel):
    """Words that go with the pointer, such as why a connection cannot be; empty ones hide it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._owner = parent
        self.setObjectName("pointer_hint")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def say(self, words: str, pixel: QPoint) -> None:
        """Show the words beside this pixel of the parent."""
        self.setText(words)
        self.adjustSize()
        room, place = self._owner.rect(), pixel + BESIDE
        self.move(min(place.x(), room.right() - self.width()), min(place.y(), room.bottom() - self.height()))
        self.setVisible(bool(words))
        self.raise_()


class NameField(QLineEdit):
    """A line to type a new name into: Enter or leaving it takes the name, Escape leaves the old one."""

    renamed = Signal(str)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(name, parent)
        self._done = False
        self.setObjectName("rename_field")
        self.setAccessibleName("Name of the layer")
        self.setToolTip("The layer's name; Enter takes it, Escape leaves the old one.")
        self.setMaxLength(60)
        self.selectAll()

    def place(self, header: QRect) -> None:
        """Lie over a header, in pixels of the parent, but never too small to read."""
        width, height = max(header.width(), SMALLEST_FIELD[0]), max(header.height(), SMALLEST_FIELD[1])
        rect = QRect(0, 0, width, height)
        rect.moveCenter(header.center())
        self.setGeometry(rect)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave(take=False)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.leave(take=True)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.leave(take=True)

    def leave(self, *, take: bool) -> None:
        """Go away, and take the name or leave the old one."""
        if self._done:
            return
        self._done = True
        parent = self.parentWidget()
        if take:
            self.renamed.emit(self.text())
        if self.hasFocus() and parent is not None:
            parent.setFocus()
        self.hide()
        self.deleteLater()


class FirstSteps(QWidget):
    """What an empty canvas says, with buttons that do it."""

    layer_wanted = Signal()
    network_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("first_steps")
        title = QLabel("Your network grows here", self)
        title.setObjectName("first_steps_title")
        words = QLabel(
            "Drag a layer here from the list on the left, or press Shift+A.\n"
            "Data flows from Input to Output; each layer shows what it sees.",
            self,
        )
        words.setObjectName("empty")
        add = QPushButton("Add a layer", self)
        add.setObjectName("add_first_layer")
        add.setToolTip("Choose the first layer from a list.")
        add.clicked.connect(self.layer_wanted)
        start = QPushButton("Start with a small network", self)
        start.setObjectName("start_small_network")
        start.setToolTip("Draw a small network that suits the data, to change as you like.")
        start.clicked.connect(self.network_wanted)
        layout = QVBoxLayout(self)
        layout.setSpacing(3 * UNIT)
        for label in (title, words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(label)
        row = QHBoxLayout()
        row.setSpacing(2 * UNIT)
        row.addStretch()
        row.addWidget(add)
        row.addWidget(start)
        row.addStretch()
        layout.addLayout(row)
