"""Drag a connection from a port in either direction, or detach an existing edge from an input port."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPen

from cnnstudio.graph import Edge, NodeId
from cnnstudio.graph.edit import connection_error, free_port
from cnnstudio.gui.canvas.edge_path import edge_path
from cnnstudio.gui.canvas.gestures.gesture import OVERLAY_Z, Gesture, Pointer
from cnnstudio.gui.canvas.ports import Port, PortState, PortType
from cnnstudio.gui.canvas.scene import CanvasScene
from cnnstudio.gui.state import editing

Offer = Callable[[Port, QPointF], None]


class Connect(Gesture):
    """One end stays at a port, the other follows the pointer; ports that accept the connection are highlighted.

    Released on the background, a new connection calls `offer` with the port and the point, so that a layer can be
    chosen; a detached edge is deleted.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, scene: CanvasScene, grabbed: Port, offer: Offer) -> None:
        self._scene, self._offer = scene, offer
        self._edge = _edge_into(scene, grabbed)
        self._fixed = Port(self._edge.source, PortType.OUTPUT) if self._edge else grabbed
        self._wanted = PortType.INPUT if self._fixed.type is PortType.OUTPUT else PortType.OUTPUT
        self._refusals = {node: self._refusal(node) for node in scene.nodes}
        self._target: Port | None = None
        self._place = scene.port_point(grabbed)
        self._on_background = False
        if self._edge:
            scene.edges[self._edge].setVisible(False)
        pen = QPen(scene.colors.accent, 2.0, Qt.PenStyle.DashLine)
        self._line = scene.addPath(edge_path(self._place, 1, self._place, 1), pen)
        self._line.setZValue(OVERLAY_Z)
        self._update_ports()

    def move(self, pointer: Pointer) -> None:
        self._place = pointer.place
        near = self._port_near(pointer.place)
        self._on_background = near is None and self._scene.node_at(pointer.place) is None
        self.hint = self._refusals[near.node] if near else ""
        self._target = near if near and not self.hint else None
        self._update_ports()
        self._update_line()

    def finish(self) -> None:
        self._clear()
        session, edge = self._scene.session, self._edge
        if self._target is not None:
            source, target = (
                (self._fixed, self._target) if self._wanted is PortType.INPUT else (self._target, self._fixed)
            )
            if edge is not None:
                editing.reroute(session, edge, target.node, target.number)
            else:
                editing.connect(session, source.node, target.node, target.number)
        elif self._on_background and edge is not None:
            editing.disconnect(session, edge)
        elif self._on_background:
            self._offer(self._fixed, self._place)

    def cancel(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._scene.removeItem(self._line)
        self._scene.show_port_states({})
        if self._edge in self._scene.edges:
            self._scene.edges[self._edge].setVisible(True)

    def _refusal(self, node: NodeId) -> str:
        ends = (self._fixed.node, node) if self._wanted is PortType.INPUT else (node, self._fixed.node)
        return connection_error(self._scene.graph, *ends)

    def _port_near(self, place: QPointF) -> Port | None:
        """The port under the pointer, or the port that a connection to the node under it would use."""
        port = self._scene.port_at(place)
        if port is not None and port.type is self._wanted:
            return port
        item = self._scene.node_at(place)
        if item is None or item.node_id == self._fixed.node:
            return None
        if self._wanted is PortType.OUTPUT:
            return Port(item.node_id, PortType.OUTPUT)
        return Port(item.node_id, PortType.INPUT, free_port(self._scene.graph, item.node_id) or 0)

    def _update_ports(self) -> None:
        port_states = {
            port: PortState.REFUSING if self._refusals[port.node] else PortState.ACCEPTING
            for item in self._scene.nodes.values()
            for port in item.ports()
            if port.type is self._wanted
        }
        port_states[self._fixed] = PortState.TARGET
        if self._target is not None:
            port_states[self._target] = PortState.TARGET
        self._scene.show_port_states(port_states)

    def _update_line(self) -> None:
        """Draw the dashed line from the fixed port to the target port, or to the pointer."""
        nodes = self._scene.nodes
        start, side = self._scene.port_point(self._fixed), nodes[self._fixed.node].side(self._fixed.type)
        if self._target is None:
            end_direction = 1 if self._place.x() >= start.x() else -1
            self._line.setPath(edge_path(start, side, self._place, end_direction))
            return
        end = self._scene.port_point(self._target)
        self._line.setPath(edge_path(start, side, end, -nodes[self._target.node].side(self._wanted)))


def _edge_into(scene: CanvasScene, port: Port) -> Edge | None:
    """The edge that ends at an input port."""
    if port.type is PortType.OUTPUT:
        return None
    return next((edge for edge in scene.graph.inputs(port.node) if edge.port == port.number), None)
