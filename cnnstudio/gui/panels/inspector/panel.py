"""The Inspector panel: a page for one selected layer, one for several, one for the whole network."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from cnnstudio.graph import NodeId
from cnnstudio.gui.panels.inspector.network_page import NetworkPage
from cnnstudio.gui.panels.inspector.node_page import NodePage
from cnnstudio.gui.panels.inspector.selection_page import SelectionPage
from cnnstudio.gui.state.session import GraphChanged
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.labels import Heading

MARGIN = 12


class InspectorPanel(QWidget):
    """Shows the page that suits the selection, under a heading that names it."""

    title = "Inspector"

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = studio.session
        self._heading = Heading()
        self._heading.setObjectName("inspector_heading")
        self._heading.setContentsMargins(MARGIN, 8, MARGIN, 4)
        self._node, self._several = NodePage(studio), SelectionPage(studio.session)
        self._network = NetworkPage(studio)
        self._pages = QStackedWidget()
        for page in (self._network, self._node, self._several):
            self._pages.addWidget(_scrolling(page))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._heading)
        column.addWidget(self._pages, 1)
        self.setMinimumWidth(220)
        studio.session.selection_changed.connect(self._on_selection_changed)
        studio.session.graph_changed.connect(self._on_graph_changed)
        self._on_selection_changed(studio.session.selection)

    def _on_selection_changed(self, selection: tuple[NodeId, ...]) -> None:
        if len(selection) == 1:
            self._node.show_node(selection[0])
        self._pages.setCurrentIndex(min(len(selection), 2))
        self._update_heading()

    def _on_graph_changed(self, change: GraphChanged) -> None:
        self._update_heading()

    def _update_heading(self) -> None:
        chosen = [self._session.graph.nodes[key] for key in self._session.selection if key in self._session.graph.nodes]
        if len(chosen) == 1:
            self._heading.show_text(f"{chosen[0].layer.title} · {chosen[0].name}")
        else:
            self._heading.show_text(f"{len(chosen)} layers" if chosen else "Network")


def _scrolling(page: QWidget) -> QScrollArea:
    page.setContentsMargins(MARGIN, 8, MARGIN, MARGIN)
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(page)
    return area
