"""The Outline panel: the network as a list, with all edits of the canvas for keyboards and screen readers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from cnnstudio.graph import NodeId
from cnnstudio.graph.edit import connection_error
from cnnstudio.gui.panels.outline.layer_model import NAME, PARAMETERS, SHAPE, LayerModel
from cnnstudio.gui.state import clipboard, editing
from cnnstudio.gui.state.session import Session
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.labels import tooltip
from cnnstudio.gui.widgets.menu_text import menu_text
from cnnstudio.layers import CATEGORIES, LAYERS

WIDTHS = {SHAPE: 88, PARAMETERS: 58}  # pixels; resizing to contents would be slower than the edit itself


class OutlinePanel(QWidget):
    """The list of layers, and buttons that edit the selected ones."""

    title = "Outline"

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = studio.session
        self._model = LayerModel(studio.session, studio.theme, self)
        self._list = _LayerTree(self._model, studio.session)
        self.setFocusProxy(self._list)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(8, 4, 8, 8)
        buttons.setSpacing(4)
        for name, text, help_text, fill in (
            ("outline_add", "Add", "Add a layer after the selected one.", self._list.fill_add),
            ("outline_connect", "Connect to", "Connect the selected layer to another.", self._list.fill_connect),
        ):
            buttons.addWidget(_menu_button(name, text, help_text, fill))
        self._delete = QToolButton()
        self._delete.setObjectName("outline_delete")
        self._delete.setText("Delete")
        self._delete.setToolTip(tooltip("Delete the selected layers and reconnect their neighbors."))
        self._delete.clicked.connect(self._on_delete_clicked)
        buttons.addWidget(self._delete)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._list, 1)
        column.addLayout(buttons)

    def _on_delete_clicked(self) -> None:
        editing.delete_selection(self._session)


class _LayerTree(QTreeView):
    """A tree view whose selection is the session's; F2 renames, Delete deletes, the context menu has the rest."""

    def __init__(self, model: LayerModel, session: Session) -> None:
        super().__init__()
        self._model, self._session = model, session
        self._updating = False
        self.setObjectName("outline_list")
        self.setAccessibleName("Layers of the network")
        self.setModel(model)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setIconSize(QSize(16, 16))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked)
        self.setAllColumnsShowFocus(True)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column, width in WIDTHS.items():
            header.resizeSection(column, width)
        self.selectionModel().selectionChanged.connect(self._on_view_selected)
        session.selection_changed.connect(self._on_selection_changed)
        self._on_selection_changed(session.selection)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            editing.delete_selection(self._session)
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        current = self.visualRect(self.currentIndex()).center()
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        menu = self.make_menu()
        menu.popup(self.viewport().mapToGlobal(current) if by_key else event.globalPos())

    def make_menu(self) -> QMenu:
        """A context menu for the selected layers that is deleted when it closes."""
        menu = QMenu(self)
        menu.setObjectName("outline_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        selection = self._session.selection
        if len(selection) == 1:
            menu.addAction("Rename", Qt.Key.Key_F2, self._rename)
            self.fill_connect(menu.addMenu("Connect to"))
            self._fill_disconnect(menu.addMenu("Disconnect from"))
        self.fill_add(menu.addMenu("Add a layer"))
        if selection:
            menu.addSeparator()
            menu.addAction("Duplicate", partial(clipboard.duplicate_selection, self._session))
            menu.addAction("Delete", Qt.Key.Key_Delete, partial(editing.delete_selection, self._session))
        return menu

    def fill_add(self, menu: QMenu) -> None:
        """Add an action for each layer type, grouped by category."""
        for category in dict.fromkeys(CATEGORIES.values()):
            inner = menu.addMenu(category)
            for cls in LAYERS.values():
                if CATEGORIES[cls.role] == category:
                    inner.addAction(cls.title, partial(editing.add_layer, self._session, cls.kind))

    def fill_connect(self, menu: QMenu) -> None:
        """Add an action for each layer that the selected one can be connected to."""
        graph, selection = self._session.graph, self._session.selection
        for source in selection[:1]:
            taken = {edge.target for edge in graph.outputs(source)}
            for target in graph.order() or graph.nodes:
                if target != source and target not in taken and not connection_error(graph, source, target):
                    name = menu_text(graph.nodes[target].name)
                    menu.addAction(name, partial(editing.connect, self._session, source, target))
        _add_note_if_empty(menu, "No layer can be connected" if selection else "Select a layer first")

    def _fill_disconnect(self, menu: QMenu) -> None:
        graph = self._session.graph
        for node_id in self._session.selection[:1]:
            for edge in (*graph.inputs(node_id), *graph.outputs(node_id)):
                other = edge.source if edge.target == node_id else edge.target
                menu.addAction(menu_text(graph.nodes[other].name), partial(editing.disconnect, self._session, edge))
        _add_note_if_empty(menu, "No connections")

    def _rename(self) -> None:
        self.edit(self._model.index_of(self._session.selection[0]))

    def _on_view_selected(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        if not self._updating:
            self._session.select(self._model.id_at(index) for index in self.selectionModel().selectedRows())

    def _on_selection_changed(self, selection: tuple[NodeId, ...]) -> None:
        chosen = QItemSelection()
        for first, last in self._model.spans_of(selection):
            chosen.select(first, last)
        flags = QItemSelectionModel.SelectionFlag
        self._updating = True
        self.selectionModel().select(chosen, flags.ClearAndSelect)
        if len(selection) == 1:
            self.selectionModel().setCurrentIndex(self._model.index_of(selection[0]), flags.NoUpdate)
            self.scrollTo(self._model.index_of(selection[0]))
        self._updating = False


def _menu_button(name: str, text: str, help_text: str, fill: Callable[[QMenu], None]) -> QToolButton:
    """A tool button whose menu is refilled each time it opens."""
    button = QToolButton()
    button.setObjectName(name)
    button.setText(f"{text} ▾")
    button.setAccessibleName(text)
    button.setToolTip(tooltip(help_text))
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    menu = QMenu(button)
    menu.setObjectName(f"{name}_menu")

    def refill() -> None:
        menu.clear()
        fill(menu)

    menu.aboutToShow.connect(refill)
    button.setMenu(menu)
    return button


def _add_note_if_empty(menu: QMenu, text: str) -> None:
    if menu.isEmpty():
        menu.addAction(text).setEnabled(False)
