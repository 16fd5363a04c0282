"""Drag a connection from a port, in either direction, or an edge's end off the port where it arrives."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPen

from cnnstudio.graph import Edge, NodeId
from cnnstudio.graph.edit import connection_error, free_port
from cnnstudio.gui.canvas.edge_path import route
from cnnstudio.gui.canvas.gestures.gesture import ABOVE, Gesture, Pointer
from cnnstudio.gui.canvas.ports import End, Mark, Port
from cnnstudio.gui.canvas.scene import CanvasScene
from cnnstudio.gui.state import editing

Offer = Callable[[Port, QPointF], None]


class Connect(Gesture):
    """One end stays at a port, the other follows the pointer; ports that would take it light up.

    On empty ground, `offer` is called with the port and the place, so that a layer can be chosen; an edge that was
    dragged off its port is removed there.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, scene: CanvasScene, grabbed: Port, offer: Offer) -> None:
        self._scene, self._offer = scene, offer
        self._edge = _edge_into(scene, grabbed)
        self._fixed = Port(self._edge.source, End.OUTPUT) if self._edge else grabbed
        self._wanted = End.INPUT if self._fixed.end is End.OUTPUT else End.OUTPUT
        self._refusals = {node: self._refusal(node) for node in scene.nodes}
        self._aimed: Port | None = None
        self._place = scene.port_point(grabbed)
        self._on_ground = False
        if self._edge:
            scene.edges[self._edge].setVisible(False)
        pen = QPen(scene.ink.accent, 2.0, Qt.PenStyle.DashLine)
        self._thread = scene.addPath(route(self._place, 1, self._place, 1), pen)
        self._thread.setZValue(ABOVE)
        self._show_marks()

    def move(self, pointer: Pointer) -> None:
        self._place = pointer.place
        aimed = self._port_near(pointer.place)
        self._on_ground = aimed is None and self._scene.node_at(pointer.place) is None
        self.hint = self._refusals[aimed.node] if aimed else ""
        self._aimed = aimed if aimed and not self.hint else None
        self._show_marks()
        self._lead_thread()

    def finish(self) -> None:
        self._clear()
        session, edge = self._scene.session, self._edge
        if self._aimed is not None:
            source, target = (self._fixed, self._aimed) if self._wanted is End.INPUT else (self._aimed, self._fixed)
            if edge is not None:
                editing.reroute(session, edge, target.node, target.number)
            else:
                editing.connect(session, source.node, target.node, target.number)
        elif self._on_ground and edge is not None:
            editing.disconnect(session, edge)
        elif self._on_ground:
            self._offer(self._fixed, self._place)

    def cancel(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._scene.removeItem(self._thread)
        self._scene.mark_ports({})
        if self._edge in self._scene.edges:
            self._scene.edges[self._edge].setVisible(True)

    def _refusal(self, node: NodeId) -> str:
        ends = (self._fixed.node, node) if self._wanted is End.INPUT else (node, self._fixed.node)
        return connection_error(self._scene.graph, *ends)

    def _port_near(self, place: QPointF) -> Port | None:
        """The port under the pointer, or the one that a connection to the card under it would take."""
        port = self._scene.port_at(place)
        if port is not None and port.end is self._wanted:
            return port
        item = self._scene.node_at(place)
        if item is None or item.node_id == self._fixed.node:
            return None
        if self._wanted is End.OUTPUT:
            return Port(item.node_id, End.OUTPUT)
        return Port(item.node_id, End.INPUT, free_port(self._scene.graph, item.node_id) or 0)

    def _show_marks(self) -> None:
        marks = {
            port: Mark.CLOSED if self._refusals[port.node] else Mark.OPEN
            for item in self._scene.nodes.values()
            for port in item.ports()
            if port.end is self._wanted
        }
        marks[self._fixed] = Mark.AIMED
        if self._aimed is not None:
            marks[self._aimed] = Mark.AIMED
        self._scene.mark_ports(marks)

    def _lead_thread(self) -> None:
        """Lead the dashed line from the fixed port to the one that is aimed at, or to the pointer."""
        nodes = self._scene.nodes
        start, side = self._scene.port_point(self._fixed), nodes[self._fixed.node].side(self._fixed.end)
        if self._aimed is None:
            arrives = 1 if self._place.x() >= start.x() else -1
            self._thread.setPath(route(start, side, self._place, arrives))
            return
        end = self._scene.port_point(self._aimed)
        self._thread.setPath(route(start, side, end, -nodes[self._aimed.node].side(self._wanted)))


def _edge_into(scene: CanvasScene, port: Port) -> Edge | None:
    """The edge that arrives at an input port."""
    if port.end is End.OUTPUT:
        return None
    return next((edge for edge in scene.graph.inputs(port.node) if edge.port == port.number), None)
