"""Highlights what is under the pointer while nothing is dragged, and chooses the cursor."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from cnnstudio.graph import Edge, NodeId
from cnnstudio.gui.canvas.ports import Port
from cnnstudio.gui.canvas.scene import CanvasScene


class Hover:
    """Remembers what is highlighted, so that only changes are repainted."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self._port: Port | None = None
        self._node: NodeId | None = None
        self._edge: Edge | None = None

    def move(self, place: QPointF) -> Qt.CursorShape:
        """Highlight what is at this point of the scene; returns the cursor for it."""
        port = self._scene.port_at(place)
        item = self._scene.node_at(place) if port is None else None
        edge = self._scene.edge_at(place) if port is None and item is None else None
        self._show(port, item.node_id if item else None, edge)
        if port is not None:
            return Qt.CursorShape.CrossCursor
        on_message = item is not None and item.summary.fixable and item.on_message(place)
        return Qt.CursorShape.PointingHandCursor if on_message else Qt.CursorShape.ArrowCursor

    def leave(self) -> None:
        """Remove the highlight."""
        self._show(None, None, None)

    def _show(self, port: Port | None, node: NodeId | None, edge: Edge | None) -> None:
        nodes, edges = self._scene.nodes, self._scene.edges
        if port != self._port:
            for each in (self._port, port):
                if each is not None and each.node in nodes:
                    nodes[each.node].show_ports({}, port if port and port.node == each.node else None)
        if node != self._node:
            for key in (self._node, node):
                if key in nodes:
                    nodes[key].show_state(hovered=key == node)
        if edge != self._edge:
            for line in (self._edge, edge):
                if line in edges:
                    edges[line].show_state(hovered=line == edge)
        self._port, self._node, self._edge = port, node, edge
