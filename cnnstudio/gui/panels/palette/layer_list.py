"""The list of layer types, and dragging from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QMimeData, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem

from cnnstudio.gui.look.theme import Theme
from cnnstudio.gui.panels.palette.layer_painter import KIND, MARGIN, ROW_HEIGHT, LayerDelegate, drag_pixmap
from cnnstudio.gui.state import editing
from cnnstudio.gui.widgets.labels import tooltip
from cnnstudio.layers import CATEGORIES, LAYERS, Layer


class LayerList(QListWidget):
    """Layer types under category headings, or search results in order of relevance."""

    chosen = Signal(str)  # a layer's kind

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("palette_list")
        self.setAccessibleName("Layers")
        self.setItemDelegate(LayerDelegate(theme, self))
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.doubleClicked.connect(self._on_double_clicked)
        theme.changed.connect(self.viewport().update)

    def show_layers(self, layers: Sequence[type[Layer]], *, by_category: bool) -> None:
        """Replace the list's content."""
        self.clear()
        if not by_category:
            self._add(layers)
            return
        for category in dict.fromkeys(CATEGORIES.values()):
            heading = QListWidgetItem(category)
            heading.setFlags(Qt.ItemFlag.NoItemFlags)
            self.addItem(heading)
            self._add(cls for cls in layers if CATEGORIES[cls.role] == category)

    def select_first(self) -> None:
        """Make the first layer the current item."""
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
        drag.setPixmap(drag_pixmap(LAYERS[items[0].data(KIND)], self._theme, self))
        drag.setHotSpot(QPoint(MARGIN, ROW_HEIGHT // 2))
        drag.exec(Qt.DropAction.CopyAction)

    def _add(self, layers: Iterable[type[Layer]]) -> None:
        for cls in layers:
            item = QListWidgetItem(cls.title)
            item.setData(KIND, cls.kind)
            key = f" Key {cls.key}." if cls.key else ""
            item.setToolTip(tooltip(f"{cls.help()}{key}"))
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, f"{cls.help()}{key}")
            self.addItem(item)

    def _on_double_clicked(self, index: QModelIndex) -> None:
        kind = index.data(KIND)
        if kind:
            self.chosen.emit(kind)
