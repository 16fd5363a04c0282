"""A push button with a caption and a value that opens a menu or a popup panel below itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QScrollArea, QVBoxLayout, QWidget

MAX_HEIGHT = 640  # pixels of a popup; a taller one scrolls
MIN_WIDTH = 360


class PopupButton(QPushButton):
    """Shows a dimmed caption, such as "Data", and the current value."""

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
        self._popup: QFrame | None = None
        self.show_value("")

    def show_value(self, text: str) -> None:
        """Set the value."""
        self._value.setText(text)
        self.setAccessibleName(f"{self._caption.text()}: {text}")
        self.setMinimumWidth(self._row.sizeHint().width())

    @property
    def value(self) -> str:
        """The value shown."""
        return self._value.text()

    def open_menu(self, menu: QMenu) -> None:
        """Open `menu` on click."""
        self.clicked.connect(lambda: menu.popup(self.mapToGlobal(QPoint(0, self.height() + 4))))

    def open_panel(self, make: Callable[[], QWidget]) -> None:
        """Open the widget that `make` returns on click; it is made once, when first needed."""
        self.clicked.connect(lambda: self._show_popup(make))

    def _show_popup(self, make: Callable[[], QWidget]) -> None:
        if self._popup is None:
            self._popup = QFrame(self, Qt.WindowType.Popup)
            self._popup.setObjectName("popup")
            self._area = QScrollArea()
            self._area.setWidgetResizable(True)
            self._content = make()
            self._area.setWidget(self._content)
            box = QVBoxLayout(self._popup)
            box.setContentsMargins(1, 1, 1, 1)
            box.addWidget(self._area)
            self._content.installEventFilter(self)
        self._fit(self._popup, self._content)
        self._popup.move(self.mapToGlobal(QPoint(0, self.height() + 4)))
        self._popup.show()
        self._content.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Resize the popup when its content's layout changes."""
        if event.type() is QEvent.Type.LayoutRequest and self._popup is not None and isinstance(watched, QWidget):
            self._fit(self._popup, watched)
        return super().eventFilter(watched, event)

    def _fit(self, popup: QFrame, content: QWidget) -> None:
        wanted = content.sizeHint()
        popup.resize(max(MIN_WIDTH, wanted.width() + 24), min(MAX_HEIGHT, wanted.height() + 24))
