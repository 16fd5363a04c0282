"""The inspector's section with all feature maps of a layer; its card on the canvas shows the first ones only."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnstudio.graph import NodeId
from cnnstudio.graph.signed_values import signed_nodes
from cnnstudio.gui.panels.inspector.feature_map_grid import FeatureMapGrid
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.labels import Caption, Heading
from cnnstudio.gui.widgets.outdated_frame import OutdatedFrame

MOST = 1024  # maps shown


class FeatureMapsSection(QWidget):
    """Follows the maps that are shown; hidden where the layer's output is none, or the input image."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._node_id: NodeId = ""
        self._heading, self._grid, self._note = Heading(), FeatureMapGrid(), Caption()
        self._heading.setObjectName("feature_maps_heading")
        self._frame = OutdatedFrame(
            studio.theme, self._grid, "feature_maps", "Update", "Compute the maps anew.", studio.live.refresh
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self._heading)
        column.addWidget(self._frame)
        column.addWidget(self._note)
        studio.shown.changed.connect(self._on_maps_changed)

    def show_node(self, node_id: NodeId) -> None:
        """Show the maps of this node."""
        self._node_id = node_id
        graph, shown = self._studio.session.graph, self._studio.shown
        node, maps = graph.nodes.get(node_id), shown.arrays.get(node_id)
        if node is None or node.layer.is_input or maps is None or maps.ndim != 3:
            self.hide()
            return
        self._heading.show_text(f"Feature maps ({len(maps)})")
        self._note.setText(f"Showing {MOST} of {len(maps)}.")
        self._note.setVisible(len(maps) > MOST)
        self._frame.show_outdated(shown.outdated, computing=shown.computing)
        self._grid.show_maps(maps[:MOST], signed=node_id in signed_nodes(graph))
        self.show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.show_node(self._node_id)

    def _on_maps_changed(self) -> None:
        parent = self.parentWidget()
        if parent is not None and parent.isVisible() and self._node_id in self._studio.session.selection:
            self.show_node(self._node_id)
