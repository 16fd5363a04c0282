"""Help on layers, generated from their declarations."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QTextBrowser, QWidget

from cnnstudio.layers import CATEGORIES, LAYERS, Layer
from cnnstudio.spec import label_of, params_of


class LayerHelp(QDialog):
    """A list of layers and, beside it, what the selected one does and its parameters."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("layer_help")
        self.setWindowTitle("Layer help - CNN Studio")
        self._list, self._text = QListWidget(), QTextBrowser()
        self._list.setAccessibleName("Layers")
        self._text.setAccessibleName("Help")
        self._list.setFixedWidth(190)
        row = QHBoxLayout(self)
        row.addWidget(self._list)
        row.addWidget(self._text)
        for name, cls in LAYERS.items():
            item = QListWidgetItem(cls.title)
            item.setData(Qt.ItemDataRole.UserRole, name)
            self._list.addItem(item)
        self._list.currentItemChanged.connect(self._on_chosen)
        self.resize(760, 540)

    def show_layer(self, kind: str) -> None:
        """Explain a kind of layer; the first one in the list if the kind is unknown."""
        self._list.setCurrentRow(list(LAYERS).index(kind) if kind in LAYERS else 0)

    def _on_chosen(self, item: QListWidgetItem) -> None:
        self._text.setHtml(describe(LAYERS[item.data(Qt.ItemDataRole.UserRole)]))


def describe(cls: type[Layer]) -> str:
    """A layer's help as HTML: what it does, and every parameter with its meaning, range and default."""
    rows = "".join(
        f"<tr><td><b>{escape(label_of(name, param))}</b></td><td>{escape(param.help)}</td>"
        f"<td>{escape(param.describe())}</td><td>{escape(param.format(param.default))}</td></tr>"
        for name, param in params_of(cls)
    )
    table = f"<table cellpadding=5><tr><th>Parameter</th><th></th><th>Range</th><th>Default</th></tr>{rows}</table>"
    head = f"<h2>{escape(cls.title)}</h2><p>{CATEGORIES[cls.role]}</p><p>{escape(cls.help())}</p>"
    return head + (table if rows else "<p>This layer has no parameters.</p>")
