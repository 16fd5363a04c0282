"""The Layers panel: a search field and the list of layer types."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from cnnstudio.gui.panels.palette.layer_list import LayerList
from cnnstudio.gui.panels.palette.layer_painter import MARGIN
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.labels import Caption, tooltip
from cnnstudio.layers.search import find_layers


class PalettePanel(QWidget):
    """Layers are added by dragging, double-click, or Enter."""

    title = "Layers"

    layer_chosen = Signal()  # in the list, not by the search field, where one may go on to type

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = studio.session
        self._search = QLineEdit()
        self._search.setObjectName("palette_search")
        self._search.setPlaceholderText("Search")
        self._search.setAccessibleName("Search layers")
        self._search.setToolTip(tooltip("Search layers by name or description; Enter adds the first match."))
        self._search.setClearButtonEnabled(True)
        self._search.installEventFilter(self)
        self._list = LayerList(studio.theme)
        self._no_match = Caption("No layer matches the search.")
        self.setFocusProxy(self._search)
        top = QVBoxLayout()
        top.setContentsMargins(MARGIN, 0, MARGIN, 0)
        top.addWidget(self._search)
        top.addWidget(self._no_match)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self._list, 1)
        self._search.textChanged.connect(self._on_text_changed)
        self._search.returnPressed.connect(self._on_return_pressed)
        self._list.chosen.connect(self._on_chosen)
        self._list.chosen.connect(lambda kind: self.layer_chosen.emit())
        self._on_text_changed("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move from the search field to the list with the Down key."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Down:
            self._list.setFocus()
            self._list.select_first()
            return True
        return super().eventFilter(watched, event)

    def _on_text_changed(self, text: str) -> None:
        found = find_layers(text)
        self._list.show_layers(found, by_category=not text.strip())
        self._no_match.setVisible(not found)

    def _on_return_pressed(self) -> None:
        found = find_layers(self._search.text())
        if self._search.text().strip() and found:
            self._on_chosen(found[0].kind)
            self._search.selectAll()

    def _on_chosen(self, kind: str) -> None:
        editing.add_layer(self._session, kind)
