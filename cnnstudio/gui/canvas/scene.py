"""The scene of the canvas: an item per node and edge, kept in sync with the session."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QPointF, QRectF, Signal
from PySide6.QtWidgets import QGraphicsScene

from cnnstudio.graph import Edge, Graph, GraphDiff, NodeId, Point, Report
from cnnstudio.gui.canvas.colors import CanvasColors, Fonts
from cnnstudio.gui.canvas.edge_item import EdgeItem
from cnnstudio.gui.canvas.edge_path import bounds
from cnnstudio.gui.canvas.edge_router import EdgeRouter
from cnnstudio.gui.canvas.node_item import NodeItem
from cnnstudio.gui.canvas.node_summary import NodeSummaries, node_tooltip
from cnnstudio.gui.canvas.ports import HIT_RADIUS, Port, PortState
from cnnstudio.gui.canvas.preview_cache import PreviewCache
from cnnstudio.gui.state.session import GraphChanged
from cnnstudio.gui.state.studio import Studio


class CanvasScene(QGraphicsScene):
    """Holds an item for every node and edge, and finds them by position."""

    layout_changed = Signal()  # a node or edge was added, removed, moved or resized

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.studio, self.session = studio, studio.session
        self._fonts = Fonts()
        self.colors = CanvasColors(studio.theme, self._fonts)
        self.nodes: dict[NodeId, NodeItem] = {}
        self.edges: dict[Edge, EdgeItem] = {}
        self.selected_edge: Edge | None = None
        self._router = EdgeRouter(self.nodes, self.edges)
        self._summaries = NodeSummaries()
        self._report: Report | None = None
        self._content: QRectF | None = None
        self._previews = PreviewCache(studio, self)
        self._build()
        self.session.graph_changed.connect(self._on_graph_changed)
        self.session.report_changed.connect(self._on_report_changed)
        self.session.selection_changed.connect(self._on_selection_changed)
        self._previews.changed.connect(self._on_previews_changed)
        studio.theme.changed.connect(self._on_theme_changed)

    @property
    def graph(self) -> Graph:
        """The current graph."""
        return self.session.graph

    def node_at(self, point: QPointF) -> NodeItem | None:
        """The topmost node at a point."""
        return next((item for item in self.items(point) if isinstance(item, NodeItem)), None)

    def port_at(self, point: QPointF) -> Port | None:
        """The port nearest to a point, if it is close enough to be hit."""
        near = QRectF(point.x() - HIT_RADIUS, point.y() - HIT_RADIUS, 2 * HIT_RADIUS, 2 * HIT_RADIUS)
        ports = [port for item in self.items(near) if isinstance(item, NodeItem) for port in item.ports()]
        reached = [
            (distance, index)
            for index, port in enumerate(ports)
            if (distance := self._distance(port, point)) <= HIT_RADIUS
        ]
        return ports[min(reached)[1]] if reached else None

    def edge_at(self, point: QPointF) -> Edge | None:
        """The topmost edge at a point."""
        return next((item.edge for item in self.items(point) if isinstance(item, EdgeItem)), None)

    def port_point(self, port: Port) -> QPointF:
        """The position of a port."""
        return self.nodes[port.node].port_point(port)

    def content(self) -> QRectF:
        """The bounding rectangle of all nodes and edges."""
        if self._content is None:
            nodes = (item.area() for item in self.nodes.values())
            self._content = bounds([*nodes, *(edge.area() for edge in self.edges.values())])
        return self._content

    def tooltip_at(self, point: QPointF) -> str:
        """The tooltip of the node at a point; empty if there is none."""
        item = self.node_at(point)
        if item is None:
            return ""
        text = node_tooltip(self.graph, self.session.report, item.node_id)
        return f"{text} Out of date: {self._previews.outdated(item.node_id)}." if item.outdated else text

    def select_edge(self, edge: Edge | None) -> None:
        """Select an edge and deselect all nodes; None deselects the edge."""
        if edge is not None:
            self.session.select(())
        before, self.selected_edge = self.selected_edge, edge
        for changed in (before, edge):
            if changed in self.edges:
                self.edges[changed].show_state(selected=changed == edge)

    def highlight_edge(self, edge: Edge | None) -> None:
        """Highlight the edge that a node would be inserted into; None removes the highlight."""
        for item in self.edges.values():
            item.show_state(highlighted=item.edge == edge)

    def show_port_states(self, states: Mapping[Port, PortState]) -> None:
        """Show these port states during a drag; ports not listed are normal."""
        by_node: dict[NodeId, dict[Port, PortState]] = {}
        for port, state in states.items():
            by_node.setdefault(port.node, {})[port] = state
        for node_id, item in self.nodes.items():
            item.show_ports(by_node.get(node_id, {}))

    def show_positions(self, positions: Mapping[NodeId, Point]) -> None:
        """Show nodes at other positions than in the graph, while they are dragged."""
        for node_id, position in positions.items():
            self.nodes[node_id].setPos(QPointF(*position))
        self._router.route(self.graph, positions, around=False)
        self._on_layout_changed()

    def restore_positions(self) -> None:
        """Show every node at its position in the graph."""
        moved = [key for key, item in self.nodes.items() if item.pos() != QPointF(*self.graph.nodes[key].position)]
        self.show_positions({key: self.graph.nodes[key].position for key in moved})

    def _on_layout_changed(self) -> None:
        self._content = None
        self.layout_changed.emit()

    def _build(self) -> None:
        graph = self.graph
        everything = GraphDiff(frozenset(graph.nodes), frozenset(), frozenset(), graph.edges, frozenset())
        self._apply(everything, self.session.report)
        self._on_selection_changed(self.session.selection)

    def _apply(self, change: GraphDiff, report: Report) -> None:
        for edge in change.disconnected:
            self.removeItem(self.edges.pop(edge))
        for node_id in change.removed:
            self.removeItem(self.nodes.pop(node_id))
        summaries = self._summaries
        changed = summaries.update(self.graph, report)
        for node_id in change.added:
            item = NodeItem(
                node_id, summaries[node_id], self._previews.preview(node_id, summaries[node_id]), self.colors
            )
            item.show_state(selected=node_id in self.session.selection)
            self.nodes[node_id] = item
            self.addItem(item)
        for edge in change.connected:
            self.edges[edge] = EdgeItem(edge, self.colors)
            self.addItem(self.edges[edge])
        moved = set(change.added)
        for node_id in change.added | change.changed:
            position = QPointF(*self.graph.nodes[node_id].position)
            if self.nodes[node_id].pos() != position:
                self.nodes[node_id].setPos(position)
                moved.add(node_id)
        ends = {end for edge in change.connected | change.disconnected for end in (edge.source, edge.target)}
        moved |= {key for key in changed if self.nodes[key].show_summary(summaries[key])} | (ends & self.nodes.keys())
        if self.selected_edge not in self.edges:
            self.selected_edge = None
        self._report = report
        if moved or change.removed:
            self._router.route(self.graph, moved | change.removed, around=True)
        self._show_shapes(report)
        self._on_layout_changed()

    def _show_shapes(self, report: Report) -> None:
        for edge, item in self.edges.items():
            item.show_shape(report.shape(edge.source))

    def _distance(self, port: Port, point: QPointF) -> float:
        offset = self.port_point(port) - point
        return float((offset.x() ** 2 + offset.y() ** 2) ** 0.5)

    def _on_graph_changed(self, change: GraphChanged) -> None:
        self._apply(change.diff, change.report)

    def _on_report_changed(self, report: Report) -> None:
        if report is not self._report:
            self._apply(GraphDiff(*(frozenset() for _ in range(5))), report)

    def _on_selection_changed(self, selection: tuple[NodeId, ...]) -> None:
        if selection:
            self.select_edge(None)
        selected = set(selection)
        for node_id, item in self.nodes.items():
            item.show_state(selected=node_id in selected)

    def _on_previews_changed(self) -> None:
        for node_id, item in self.nodes.items():
            outdated = bool(self._previews.outdated(node_id)) and not item.summary.shows_image
            item.show_preview(self._previews.preview(node_id, item.summary, item.preview), outdated=outdated)

    def _on_theme_changed(self) -> None:
        self.colors = CanvasColors(self.studio.theme, self._fonts)
        for item in self.nodes.values():
            item.show_colors(self.colors)
        for edge_item in self.edges.values():
            edge_item.colors = self.colors
        self.update()
