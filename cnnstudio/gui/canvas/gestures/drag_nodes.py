"""Move the selected nodes; a node without connections can be dropped onto an edge."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from cnnstudio.graph import Edge, Graph, NodeId, Point
from cnnstudio.gui.canvas.gestures.gesture import Gesture, Pointer
from cnnstudio.gui.canvas.scene import CanvasScene
from cnnstudio.gui.state import editing

GRID = 8.0  # canvas units that places snap to, unless Alt is held


class DragNodes(Gesture):
    """Moves nodes together, as one step of undo. `grabbed` is the one under the pointer."""

    def __init__(self, scene: CanvasScene, grabbed: NodeId, start: Pointer) -> None:
        self._scene, self.grabbed, self._start = scene, grabbed, start
        graph = scene.graph
        self._from = {key: graph.nodes[key].position for key in scene.session.selection}
        self._places: dict[NodeId, Point] = {}
        self._insertable = len(self._from) == 1 and can_stand_between(graph, grabbed)
        self._onto: Edge | None = None

    @property
    def moved(self) -> bool:
        """Whether the pointer has gone far enough for a drag."""
        return bool(self._places)

    def move(self, pointer: Pointer) -> None:
        if not self.moved and not pointer.far_from(self._start):
            return
        self.cursor = Qt.CursorShape.ClosedHandCursor
        x, y = self._from[self.grabbed]
        place = QPointF(x, y) + pointer.place - self._start.place
        if not pointer.keys & Qt.KeyboardModifier.AltModifier:
            place = snapped(place)
        dx, dy = place.x() - x, place.y() - y
        self._places = {key: (at[0] + dx, at[1] + dy) for key, at in self._from.items()}
        self._scene.lift(self._places)
        if self._insertable:
            self._onto = self._scene.edge_at(place) or self._scene.edge_at(pointer.place)
            self._scene.light_edge(self._onto)
            self.hint = insertion(self._scene.graph, self._onto)

    def finish(self) -> None:
        self._scene.light_edge(None)
        if self._onto is not None:
            editing.insert_into_edge(self._scene.session, self.grabbed, self._onto, self._places[self.grabbed])
        elif self.moved:
            editing.move(self._scene.session, self._places)

    def cancel(self) -> None:
        self._scene.light_edge(None)
        self._scene.settle()


def snapped(place: QPointF) -> QPointF:
    """The nearest place on the grid."""
    return QPointF(round(place.x() / GRID) * GRID, round(place.y() / GRID) * GRID)


def can_stand_between(graph: Graph, node_id: NodeId) -> bool:
    """Whether a node has no connections yet and could have them on both sides."""
    layer = graph.nodes[node_id].layer
    free = not graph.inputs(node_id) and not graph.outputs(node_id)
    return free and not layer.is_input and not layer.is_output


def insertion(graph: Graph, edge: Edge | None) -> str:
    """What dropping onto the edge would do, in a few words; nothing where there is no edge."""
    return f"Insert between {graph.nodes[edge.source].name} and {graph.nodes[edge.target].name}" if edge else ""
