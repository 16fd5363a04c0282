"""Drag the selected nodes; a node without connections can be dropped onto an edge."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from cnnstudio.graph import Edge, Graph, NodeId, Point
from cnnstudio.gui.canvas.gestures.gesture import Gesture, Pointer
from cnnstudio.gui.canvas.scene import CanvasScene
from cnnstudio.gui.state import editing

GRID = 8.0  # canvas units that positions snap to, unless Alt is held


class DragNodes(Gesture):
    """Moves nodes together, as one undo step. `grabbed` is the one under the pointer."""

    def __init__(self, scene: CanvasScene, grabbed: NodeId, start: Pointer) -> None:
        self._scene, self.grabbed, self._start = scene, grabbed, start
        graph = scene.graph
        self._from = {key: graph.nodes[key].position for key in scene.session.selection}
        self._positions: dict[NodeId, Point] = {}
        self._insertable = len(self._from) == 1 and can_be_inserted(graph, grabbed)
        self._target_edge: Edge | None = None

    @property
    def moved(self) -> bool:
        """Whether the pointer has moved far enough for a drag."""
        return bool(self._positions)

    def move(self, pointer: Pointer) -> None:
        if not self.moved and not pointer.is_drag_from(self._start):
            return
        self.cursor = Qt.CursorShape.ClosedHandCursor
        x, y = self._from[self.grabbed]
        place = QPointF(x, y) + pointer.place - self._start.place
        if not pointer.keys & Qt.KeyboardModifier.AltModifier:
            place = snapped(place)
        dx, dy = place.x() - x, place.y() - y
        self._positions = {key: (at[0] + dx, at[1] + dy) for key, at in self._from.items()}
        self._scene.show_positions(self._positions)
        if self._insertable:
            self._target_edge = self._scene.edge_at(place) or self._scene.edge_at(pointer.place)
            self._scene.highlight_edge(self._target_edge)
            self.hint = insertion_hint(self._scene.graph, self._target_edge)

    def finish(self) -> None:
        self._scene.highlight_edge(None)
        if self._target_edge is not None:
            editing.insert_into_edge(
                self._scene.session, self.grabbed, self._target_edge, self._positions[self.grabbed]
            )
        elif self.moved:
            editing.move(self._scene.session, self._positions)

    def cancel(self) -> None:
        self._scene.highlight_edge(None)
        self._scene.restore_positions()


def snapped(place: QPointF) -> QPointF:
    """The nearest grid point."""
    return QPointF(round(place.x() / GRID) * GRID, round(place.y() / GRID) * GRID)


def can_be_inserted(graph: Graph, node_id: NodeId) -> bool:
    """Whether a node can be inserted into an edge: it has no connections yet, but an input and an output."""
    layer = graph.nodes[node_id].layer
    free = not graph.inputs(node_id) and not graph.outputs(node_id)
    return free and not layer.is_input and not layer.is_output


def insertion_hint(graph: Graph, edge: Edge | None) -> str:
    """What dropping onto the edge would do, in a few words; empty if there is no edge."""
    return f"Insert between {graph.nodes[edge.source].name} and {graph.nodes[edge.target].name}" if edge else ""
