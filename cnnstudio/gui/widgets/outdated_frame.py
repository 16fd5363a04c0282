"""Shows that a result is out of date: a bar with what has changed and a button, and a veil over the result."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnnstudio.gui.look.theme import Theme
from cnnstudio.gui.widgets.labels import Caption, tooltip

VEIL = 0.6  # opacity


class OutdatedBar(QFrame):
    """A slim bar with a sentence and one button; hidden while there is nothing to say."""

    def __init__(
        self, name: str, button: str, help_text: str, action: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        """`name` begins the object names of the label and the button; `help_text` is the button's tooltip."""
        super().__init__(parent)
        self._help = help_text
        self.setObjectName("outdated_bar")
        self._text, self._button = Caption(), QPushButton(button)
        self._text.setObjectName(f"{name}_outdated")
        self._button.setObjectName(f"{name}_update")
        self._button.setToolTip(tooltip(help_text))
        self._button.clicked.connect(lambda: action())
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 3, 6, 3)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        self.hide()

    def show_text(self, text: str, *, why_not: str = "", button: bool = True) -> None:
        """Show a sentence; an empty one hides the bar. `why_not` disables the button and says why in its tooltip."""
        self._text.setText(text)
        self._button.setVisible(button)
        self._button.setEnabled(not why_not)
        self._button.setToolTip(tooltip(why_not or self._help))
        self.setVisible(bool(text))


class OutdatedFrame(QWidget):
    """A result, with the bar above it and the veil over it while it is out of date."""

    def __init__(
        self,
        theme: Theme,
        content: QWidget,
        name: str,
        button: str,
        help_text: str,
        action: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._bar = OutdatedBar(name, button, help_text, action)
        self._veil = _Veil(theme, content)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(content, 1)

    def show_outdated(self, reasons: str, *, why_not: str = "", computing: bool = False) -> None:
        """Show what has changed since the result was computed; nothing if it is current.

        While it is `computing` anew, there is no button, and the sentence ends in an ellipsis.
        """
        text = f"Out of date: {reasons}{'…' if computing else '.'}" if reasons else ""
        self._bar.show_text(text, why_not=why_not, button=not computing)
        self._veil.setVisible(bool(reasons))


class _Veil(QWidget):
    """Covers a widget, so that it looks faded, and lets the mouse through."""

    def __init__(self, theme: Theme, covered: QWidget) -> None:
        super().__init__(covered)
        self._theme, self._covered = theme, covered
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        covered.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.ChildAdded):
            self.setGeometry(self._covered.rect())
            self.raise_()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setOpacity(VEIL)
        painter.fillRect(self.rect(), self._theme.color("panel"))
