"""Keeps the whole network in view until the user moves the view."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QGraphicsView

from cnnstudio.graph import NodeId
from cnnstudio.gui.canvas.scene import CanvasScene
from cnnstudio.gui.canvas.zoom import Zoom
from cnnstudio.gui.state.session import GraphChanged

MARGIN = 24  # pixels kept free around a node that is scrolled into view


class AutoFit(QObject):
    """Fits the network into the view when a project is opened or layers are added outside; off after any other move."""

    def __init__(self, view: QGraphicsView, zoom: Zoom, scene: CanvasScene) -> None:
        super().__init__(view)
        self._view, self._zoom, self._scene = view, zoom, scene
        self.active = True
        self._fitting = False
        zoom.moved.connect(self._on_moved)
        scene.session.opened.connect(self.fit)
        scene.session.graph_changed.connect(self._on_graph_changed)

    def fit(self) -> None:
        """Show the whole network, at 100 % at most, and keep it in view from now on."""
        self._fitting = True
        self._zoom.show_rect(self._scene.content(), max_zoom=1.0)
        self._fitting = False
        self.active = True

    def bring_into_view(self, node_id: NodeId) -> None:
        """Make a node visible, moving the view only if needed."""
        area = self._scene.nodes[node_id].area()
        if self._zoom.visible_rect().contains(area):
            return
        if self.active:
            self.fit()
        else:
            self._view.ensureVisible(area, MARGIN, MARGIN)

    def _on_moved(self) -> None:
        self.active = self._fitting

    def _on_graph_changed(self, change: GraphChanged) -> None:
        if change.diff.added and self.active and not self._zoom.visible_rect().contains(self._scene.content()):
            self.fit()
