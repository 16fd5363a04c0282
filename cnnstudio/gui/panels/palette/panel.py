"""Layers: every kind there is, to drag onto the canvas or to add with a double-click or Enter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import (
    QEvent,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QDrag, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from cnnstudio.gui.look.theme import BODY, CAPTION, RADIUS, Theme, font
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.labels import Caption, tooltip
from cnnstudio.layers import CATEGORIES, LAYERS, Layer
from cnnstudio.layers.search import find_layers

KIND = Qt.ItemDataRole.UserRole.value  # of a layer's item; a heading has none
ROW, HEADING_ROW = 25, 30  # pixels
CHIP = 9
MARGIN = 12

Index = QModelIndex | QPersistentModelIndex


class PalettePanel(QWidget):
    """The search field and the list below it."""

    title = "Layers"

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = studio.session
        self._search = QLineEdit()
        self._search.setObjectName("palette_search")
        self._search.setPlaceholderText("Search")
        self._search.setAccessibleName("Search layers")
        self._search.setToolTip(
            tooltip("Shows the layers whose name or help holds what you type; Enter adds the first.")
        )
        self._search.setClearButtonEnabled(True)
        self._search.installEventFilter(self)
        self._list = LayerList(studio.theme)
        self._nothing = Caption("No layer is called so or does that.")
        self.setFocusProxy(self._search)
        above = QVBoxLayout()
        above.setContentsMargins(MARGIN, 0, MARGIN, 0)
        above.addWidget(self._search)
        above.addWidget(self._nothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(4)
        column.addLayout(above)
        column.addWidget(self._list, 1)
        self._search.textChanged.connect(self._on_text_changed)
        self._search.returnPressed.connect(self._on_return_pressed)
        self._list.chosen.connect(self._on_chosen)
        self._on_text_changed("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Down:
            self._list.setFocus()
            self._list.begin()
            return True
        return super().eventFilter(watched, event)

    def _on_text_changed(self, text: str) -> None:
        found = find_layers(text)
        self._list.fill(found, by_category=not text.strip())
        self._nothing.setVisible(not found)

    def _on_return_pressed(self) -> None:
        found = find_layers(self._search.text())
        if self._search.text().strip() and found:
            self._on_chosen(found[0].kind)
            self._search.selectAll()

    def _on_chosen(self, kind: str) -> None:
        editing.add_layer(self._session, kind)


class LayerList(QListWidget):
    """Kinds of layer, under the headings of their categories or in the order in which they were found."""

    chosen = Signal(str)  # a layer's kind

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("palette_list")
        self.setAccessibleName("Layers")
        self.setItemDelegate(_Row(theme, self))
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.doubleClicked.connect(self._on_double_clicked)
        theme.changed.connect(self.viewport().update)

    def fill(self, found: Sequence[type[Layer]], *, by_category: bool) -> None:
        """Show these kinds of layer."""
        self.clear()
        if not by_category:
            self._add(found)
            return
        for category in dict.fromkeys(CATEGORIES.values()):
            heading = QListWidgetItem(category)
            heading.setFlags(Qt.ItemFlag.NoItemFlags)
            self.addItem(heading)
            self._add(cls for cls in found if CATEGORIES[cls.role] == category)

    def begin(self) -> None:
        """Make the first layer the current one."""
        first = next((row for row in range(self.count()) if self.item(row).data(KIND)), -1)
        self.setCurrentRow(first)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None and item.data(KIND):
            self.chosen.emit(item.data(KIND))
            return
        super().keyPressEvent(event)

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        data = QMimeData()
        for item in items:
            data.setData(editing.LAYER_MIME, str(item.data(KIND)).encode())
        return data

    def startDrag(self, actions: Qt.DropAction) -> None:
        items = self.selectedItems()
        if not items:
            return
        drag = QDrag(self)
        drag.setMimeData(self.mimeData(items))
        image = self._image(LAYERS[items[0].data(KIND)])
        drag.setPixmap(image)
        drag.setHotSpot(QPoint(MARGIN, ROW // 2))
        drag.exec(Qt.DropAction.CopyAction)

    def _add(self, found: Iterable[type[Layer]]) -> None:
        for cls in found:
            item = QListWidgetItem(cls.title)
            item.setData(KIND, cls.kind)
            key = f" Key {cls.key}." if cls.key else ""
            item.setToolTip(tooltip(f"{cls.help()}{key}"))
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, f"{cls.help()}{key}")
            self.addItem(item)

    def _image(self, cls: type[Layer]) -> QPixmap:
        """What hangs on the mouse while it drags."""
        scale = self.devicePixelRatioF()
        width = 2 * MARGIN + CHIP + 8 + self.fontMetrics().horizontalAdvance(cls.title)
        image = QPixmap(round(width * scale), round(ROW * scale))
        image.setDevicePixelRatio(scale)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.color("accent"))
        painter.setBrush(self._theme.color("raised"))
        frame = QRect(0, 0, width - 1, ROW - 1)
        painter.drawRoundedRect(frame, RADIUS, RADIUS)
        paint_layer(painter, frame, self._theme, cls)
        painter.end()
        return image

    def _on_double_clicked(self, index: QModelIndex) -> None:
        kind = index.data(KIND)
        if kind:
            self.chosen.emit(kind)


class _Row(QStyledItemDelegate):
    """Paints a heading, or a layer with its chip and its key."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(80, ROW if index.data(KIND) else HEADING_ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        kind = index.data(KIND)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not kind:
            painter.setFont(font(CAPTION))
            painter.setPen(self._theme.color("dim"))
            place = rect.adjusted(MARGIN, 0, -MARGIN, -4)
            painter.drawText(place, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, str(index.data()))
            painter.restore()
            return
        flags = QStyle.StateFlag
        if state & (flags.State_Selected | flags.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("hover"))
            painter.drawRoundedRect(rect.adjusted(4, 0, -4, 0), RADIUS, RADIUS)
        if state & flags.State_HasFocus:
            painter.setPen(self._theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(4, 0, -5, -1), RADIUS, RADIUS)
        paint_layer(painter, rect, self._theme, LAYERS[kind])
        painter.restore()


def paint_layer(painter: QPainter, rect: QRect, theme: Theme, cls: type[Layer]) -> None:
    """A chip in the color of its category, the title, and the key at the right."""
    chip = QRect(rect.left() + MARGIN + 2, rect.center().y() - CHIP // 2, CHIP, CHIP)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.layer_color(cls.role))
    painter.drawRoundedRect(chip, 2, 2)
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.setFont(font(BODY))
    painter.setPen(theme.color("text"))
    painter.drawText(rect.adjusted(MARGIN + CHIP + 10, 0, 0, 0), middle | Qt.AlignmentFlag.AlignLeft, cls.title)
    painter.setFont(font(CAPTION))
    painter.setPen(theme.color("dim"))
    painter.drawText(rect.adjusted(0, 0, -MARGIN - 2, 0), middle | Qt.AlignmentFlag.AlignRight, cls.key)
