"""A search-as-you-type list of layers that pops up at the pointer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from cnnstudio.gui.look.theme import CAPTION, RADIUS, UNIT, Theme, font
from cnnstudio.layers import CATEGORIES, Layer
from cnnstudio.layers.search import find_layers

WIDTH, ROW = 340, 44
MAX_ROWS = 6.5  # half a row shows that there are more
KIND = Qt.ItemDataRole.UserRole
MOVES = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}


class QuickAdd(QFrame):
    """Choose a layer by typing a few letters and pressing Enter. Lists only layers for which `accepts` returns true."""

    chosen = Signal(str)  # the layer's kind

    def __init__(self, theme: Theme, accepts: Callable[[type[Layer]], bool], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._accepts = accepts
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("quick_add")
        self.setAccessibleName("Add layer")
        self.setFixedWidth(WIDTH)
        self._search = QLineEdit(self)
        self._search.setObjectName("quick_add_search")
        self._search.setAccessibleName("Search layers")
        self._search.setToolTip("Type a few letters of a layer's name, then press Enter.")
        self._search.setPlaceholderText("Add layer…")
        self._search.addAction(theme.icon("search", "dim"), QLineEdit.ActionPosition.LeadingPosition)
        self._search.textChanged.connect(self._on_text_changed)
        self._search.installEventFilter(self)
        self._list = QListWidget(self)
        self._list.setObjectName("quick_add_list")
        self._list.setAccessibleName("Layers")
        self._list.setToolTip("Click a layer to add it.")
        self._list.setItemDelegate(_Row(theme, self._list))
        self._list.setMouseTracking(True)
        self._list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.itemClicked.connect(self._on_item_clicked)
        self._list.itemEntered.connect(self._list.setCurrentItem)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        layout.setSpacing(2 * UNIT)
        layout.addWidget(self._search)
        layout.addWidget(self._list)
        self._on_text_changed("")

    def open_at(self, point: QPoint) -> None:
        """Open with the upper left corner at a point of the screen, moved as needed to stay on the screen."""
        screen = self.screen().availableGeometry()
        x = max(min(point.x(), screen.right() - self.width()), screen.left())
        y = max(min(point.y(), screen.bottom() - self.height()), screen.top())
        self.move(x, y)
        self.show()
        self._search.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() in MOVES:
                self._list.keyPressEvent(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self._list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _on_text_changed(self, text: str) -> None:
        self._list.clear()
        found = [layer for layer in find_layers(text) if self._accepts(layer)]
        for layer in found if text.strip() else sorted(found, key=_category):
            item = QListWidgetItem(layer.title, self._list)
            item.setData(KIND, layer)
            item.setToolTip(layer.help())
        if not self._list.count():
            item = QListWidgetItem("No matching layer.", self._list)
            item.setFlags(Qt.ItemFlag.NoItemFlags)
        self._list.setCurrentRow(0)
        self._list.setFixedHeight(round(min(self._list.count(), MAX_ROWS) * ROW) + UNIT)
        self.adjustSize()

    def _on_item_clicked(self, item: QListWidgetItem) -> None:
        self._choose(item)

    def _choose(self, item: QListWidgetItem | None) -> None:
        layer = item.data(KIND) if item else None
        if layer is not None:
            self.close()
            self.chosen.emit(layer.kind)


def _category(layer: type[Layer]) -> int:
    return list(CATEGORIES).index(layer.role)


class _Row(QStyledItemDelegate):
    """Paints a layer: a chip in its category's color, title, shortcut key, and one line of help."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        layer, theme, rect = index.data(KIND), self._theme, option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setBrush(theme.color("hover"))
            painter.drawRoundedRect(QRectF(rect), RADIUS, RADIUS)
        if layer is None:
            painter.setPen(theme.color("dim"))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, index.data())
        else:
            self._paint_layer(painter, rect, layer)
        painter.restore()

    def _paint_layer(self, painter: QPainter, rect: QRect, layer: type[Layer]) -> None:
        theme = self._theme
        painter.setBrush(theme.layer_color(layer.role))
        painter.drawRoundedRect(QRectF(rect.left() + 8, rect.top() + 10, 9, 9), 2.5, 2.5)
        line = rect.adjusted(26, 5, -10, 0)
        line.setHeight(18)
        painter.setPen(theme.color("text"))
        painter.setFont(font())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, layer.title)
        painter.setPen(theme.color("dim"))
        painter.setFont(font(CAPTION))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, layer.key)
        line.translate(0, 18)
        help_text = " ".join(layer.help().split())
        shown = painter.fontMetrics().elidedText(help_text, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)
