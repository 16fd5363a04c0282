"""A button of the top bar: what it is about in dim, what is chosen in full, and a panel that opens below it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QScrollArea, QVBoxLayout, QWidget

HIGHEST = 640  # pixels of a panel; beyond that it scrolls


class PopupButton(QPushButton):
    """Opens a menu or, with `open_panel`, a widget of its own."""

    def __init__(self, caption: str, name: str, tip: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._caption, self._value, arrow = QLabel(caption), QLabel(), QLabel("▾")
        self._caption.setObjectName("caption")
        arrow.setObjectName("caption")
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 8, 0)
        row.setSpacing(8)
        for label in (self._caption, self._value, arrow):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            row.addWidget(label)
        self._panel: QFrame | None = None
        self.show_value("")

    def show_value(self, text: str) -> None:
        """Write what is chosen."""
        self._value.setText(text)
        self.setAccessibleName(f"{self._caption.text()}: {text}")
        self.setMinimumWidth(self._row.sizeHint().width())

    @property
    def value(self) -> str:
        """What is written."""
        return self._value.text()

    def open_menu(self, menu: QMenu) -> None:
        """Show a menu below the button when it is clicked."""
        self.clicked.connect(lambda: menu.popup(self.mapToGlobal(QPoint(0, self.height() + 4))))

    def open_panel(self, make: Callable[[], QWidget]) -> None:
        """Show the widget that `make` gives below the button when it is clicked; a click elsewhere closes it."""
        self.clicked.connect(lambda: self._show_panel(make))

    def _show_panel(self, make: Callable[[], QWidget]) -> None:
        if self._panel is None:
            self._panel = QFrame(self, Qt.WindowType.Popup)
            self._panel.setObjectName("popup")
            self._area = QScrollArea()
            self._area.setWidgetResizable(True)
            self._content = make()
            self._area.setWidget(self._content)
            box = QVBoxLayout(self._panel)
            box.setContentsMargins(1, 1, 1, 1)
            box.addWidget(self._area)
            self._content.installEventFilter(self)
        self._fit(self._panel, self._content)
        self._panel.move(self.mapToGlobal(QPoint(0, self.height() + 4)))
        self._panel.show()
        self._content.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The panel grows and shrinks with what it holds."""
        if event.type() is QEvent.Type.LayoutRequest and self._panel is not None and isinstance(watched, QWidget):
            self._fit(self._panel, watched)
        return super().eventFilter(watched, event)

    def _fit(self, panel: QFrame, content: QWidget) -> None:
        wanted = content.sizeHint()
        panel.resize(max(360, wanted.width() + 24), min(HIGHEST, wanted.height() + 24))
