"""A push button with a caption and a value that opens a menu or a popup panel below itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QScrollArea, QVBoxLayout, QWidget

MAX_HEIGHT = 640  # pixels of a popup; a taller one scrolls
MIN_WIDTH = 360
MIN_VALUE_WIDTH = 48  # pixels to which the value shrinks where the bar is narrow


class PopupButton(QPushButton):
    """Shows a dimmed caption, such as "Data", and the current value."""

    def __init__(self, caption: str, name: str, tip: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._caption, self._value, self._arrow = QLabel(caption), _Value(), QLabel("▾")
        self._caption.setObjectName("caption")
        self._arrow.setObjectName("caption")
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 8, 0)
        row.setSpacing(8)
        for label in (self._caption, self._value, self._arrow):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            row.addWidget(label)
        self._popup: QFrame | None = None
        self.show_value("")

    def show_value(self, text: str) -> None:
        """Set the value."""
        self._value.setText(text)
        self.setAccessibleName(f"{self._caption.text()}: {text}")
        self.setMinimumWidth(self._width(self._value.minimumSizeHint().width(), self._arrow))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        width = self._width(self._value.sizeHint().width(), self._caption, self._arrow)
        return QSize(width, self._row.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._caption.setVisible(event.size().width() >= self.sizeHint().width())

    def _width(self, value: int, *beside: QLabel) -> int:
        """The width with a value of this width and these labels beside it."""
        margins = self._row.contentsMargins()
        labels = sum(label.sizeHint().width() + self._row.spacing() for label in beside)
        return margins.left() + value + labels + margins.right()

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


class _Value(QLabel):
    """Ends in an ellipsis where there is no room for all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(min(MIN_VALUE_WIDTH, hint.width()), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
