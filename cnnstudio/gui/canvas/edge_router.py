"""Routes connections around the nodes between their ends; after an edit only those that it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from cnnstudio.array import Array
from cnnstudio.graph import Edge, Graph, NodeId
from cnnstudio.graph.layout import COLUMN
from cnnstudio.gui.canvas.edge_item import EdgeItem
from cnnstudio.gui.canvas.edge_path import MAX_DETOUR, detour_height, edge_path
from cnnstudio.gui.canvas.node_item import NodeItem
from cnnstudio.gui.canvas.ports import Port, PortType, runs_left


class EdgeRouter:
    """Sets the paths of the edges of a scene, whose items it is given."""

    def __init__(self, nodes: Mapping[NodeId, NodeItem], edges: Mapping[Edge, EdgeItem]) -> None:
        self._nodes, self._edges = nodes, edges
        self._areas: dict[NodeId, QRectF] = {}  # of all nodes, as they were at the last call
        self._corridors: dict[Edge, QRectF] = {}  # of the edges that pass around nodes which are in there
        self._obstacles: Array | None = None  # areas as rows (left, top, right, bottom), made when first needed
        self._rows: dict[NodeId, int] = {}

    def route(self, graph: Graph, moved: Iterable[NodeId], *, around: bool) -> None:
        """Reroute the edges of nodes that were added, removed, moved or connected anew.

        `around`: also the edges of other nodes that pass these, which a node that is being dragged leaves alone.
        """
        touched, present = set(moved), set(moved) & self._nodes.keys()
        self._corridors = {edge: area for edge, area in self._corridors.items() if edge in self._edges}
        left = [self._areas.pop(key) for key in touched if key in self._areas]
        entered = {key: self._nodes[key].area() for key in present}
        self._areas |= entered
        self._obstacles = None
        ends = present | self._flip(graph, present)
        chosen = {edge for key in ends for edge in (*graph.inputs(key), *graph.outputs(key))}
        if around and self._corridors:
            changed = QRectF()
            for area in (*left, *entered.values()):
                changed = changed.united(area)
            chosen |= {edge for edge, corridor in self._corridors.items() if corridor.intersects(changed)}
        for edge in chosen:
            self._route(edge)

    def _flip(self, graph: Graph, moved: set[NodeId]) -> set[NodeId]:
        """Orient the ports of moved nodes and their neighbors along the flow; returns the nodes that were turned."""
        near = {
            end
            for key in moved
            for edge in (*graph.inputs(key), *graph.outputs(key))
            for end in (edge.source, edge.target)
        }
        turned = set()
        for node_id in near | moved:
            item = self._nodes[node_id]
            sources = [self._nodes[edge.source].x() for edge in graph.inputs(node_id)]
            targets = [self._nodes[edge.target].x() for edge in graph.outputs(node_id)]
            flipped = runs_left(item.x(), sources, targets)
            if flipped != item.flipped:
                item.flipped = flipped
                item.update()
                turned.add(node_id)
        return turned

    def _route(self, edge: Edge) -> None:
        """Route an edge from port to port, around the nodes in between."""
        source, target = self._nodes[edge.source], self._nodes[edge.target]
        start = source.port_point(Port(edge.source, PortType.OUTPUT))
        end = target.port_point(Port(edge.target, PortType.INPUT, edge.port))
        self._corridors.pop(edge, None)
        detour = None
        if abs(end.x() - start.x()) > COLUMN and abs(end.y() - start.y()) <= MAX_DETOUR:
            corridor = QRectF(start, end).normalized().adjusted(1.0, -1.0, -1.0, 1.0)
            self._corridors[edge] = corridor
            detour = self._detour(edge, start, end, corridor)
        direction = -target.side(PortType.INPUT)
        path = edge_path(start, source.side(PortType.OUTPUT), end, direction, detour)
        self._edges[edge].set_path(path, end, direction)

    def _detour(self, edge: Edge, start: QPointF, end: QPointF, corridor: QRectF) -> float | None:
        """The height at which to pass the nodes in between; None if there are none."""
        if self._obstacles is None:
            self._rows = {key: row for row, key in enumerate(self._areas)}
            self._obstacles = np.array([area.getCoords() for area in self._areas.values()])
        left, top, right, bottom = self._obstacles.T
        crossed = (left < corridor.right()) & (right > corridor.left())
        crossed &= (top < corridor.bottom()) & (bottom > corridor.top())
        crossed[[self._rows[edge.source], self._rows[edge.target]]] = False
        if not crossed.any():
            return None
        return detour_height(start, end, float(top[crossed].min()), float(bottom[crossed].max()))
