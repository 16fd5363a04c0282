"""The scene: items by id, kept in step with the graph, its report, the selection and the values that arrive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, QPointF, QRectF, Signal
from PySide6.QtWidgets import QGraphicsScene

from cnnstudio.graph import Edge, Graph, GraphDiff, NodeId, Point, Report
from cnnstudio.graph.layout import COLUMN
from cnnstudio.gui.canvas.colors import Fonts, Ink
from cnnstudio.gui.canvas.edge_item import EdgeItem
from cnnstudio.gui.canvas.edge_path import bounds, height_around, route
from cnnstudio.gui.canvas.node_item import NodeItem
from cnnstudio.gui.canvas.node_summary import Faces, tip_of
from cnnstudio.gui.canvas.ports import REACH, End, Mark, Port, runs_left
from cnnstudio.gui.canvas.preview_cache import Gallery
from cnnstudio.gui.state.session import GraphChanged
from cnnstudio.gui.state.studio import Studio


class CanvasScene(QGraphicsScene):
    """Holds an item for every node and edge. While nodes are dragged, items lie elsewhere than the graph says."""

    laid_out = Signal()  # a card or edge came, went, moved or changed its size

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.studio, self.session = studio, studio.session
        self._fonts = Fonts()
        self.ink = Ink(studio.theme, self._fonts)
        self.nodes: dict[NodeId, NodeItem] = {}
        self.edges: dict[Edge, EdgeItem] = {}
        self.selected_edge: Edge | None = None
        self._faces = Faces()
        self._report: Report | None = None
        self._content: QRectF | None = None
        self._gallery = Gallery(studio, self)
        self._build()
        self.session.graph_changed.connect(self._on_graph_changed)
        self.session.report_changed.connect(self._on_report_changed)
        self.session.selection_changed.connect(self._on_selection_changed)
        self._gallery.changed.connect(self._on_images_changed)
        studio.theme.changed.connect(self._on_theme_changed)

    @property
    def graph(self) -> Graph:
        """The graph that is shown."""
        return self.session.graph

    def node_at(self, point: QPointF) -> NodeItem | None:
        """The uppermost card at a point."""
        return next((item for item in self.items(point) if isinstance(item, NodeItem)), None)

    def port_at(self, point: QPointF) -> Port | None:
        """The port nearest to a point, within its reach."""
        near = QRectF(point.x() - REACH, point.y() - REACH, 2 * REACH, 2 * REACH)
        ports = [port for item in self.items(near) if isinstance(item, NodeItem) for port in item.ports()]
        reached = [
            (distance, index) for index, port in enumerate(ports) if (distance := self._away(port, point)) <= REACH
        ]
        return ports[min(reached)[1]] if reached else None

    def edge_at(self, point: QPointF) -> Edge | None:
        """The uppermost edge at a point."""
        return next((item.edge for item in self.items(point) if isinstance(item, EdgeItem)), None)

    def port_point(self, port: Port) -> QPointF:
        """Where a port lies."""
        return self.nodes[port.node].port_point(port)

    def content(self) -> QRectF:
        """The rectangle around all cards and the edges between them."""
        if self._content is None:
            cards = (item.area() for item in self.nodes.values())
            self._content = bounds([*cards, *(edge.area() for edge in self.edges.values())])
        return self._content

    def tip_at(self, point: QPointF) -> str:
        """What the node at a point says of itself, in one sentence; nothing where there is none."""
        item = self.node_at(point)
        return tip_of(self.graph, self.session.report, item.node_id) if item else ""

    def select_edge(self, edge: Edge | None) -> None:
        """Select an edge, and no nodes; or none."""
        if edge is not None:
            self.session.select(())
        before, self.selected_edge = self.selected_edge, edge
        for changed in (before, edge):
            if changed in self.edges:
                self.edges[changed].show_state(selected=changed == edge)

    def light_edge(self, edge: Edge | None) -> None:
        """Show that a node would be put into this edge, and into no other."""
        for item in self.edges.values():
            item.show_state(lit=item.edge == edge)

    def mark_ports(self, marks: Mapping[Port, Mark]) -> None:
        """Show which ports would take a connection; an empty mapping ends that."""
        by_node: dict[NodeId, dict[Port, Mark]] = {}
        for port, mark in marks.items():
            by_node.setdefault(port.node, {})[port] = mark
        for node_id, item in self.nodes.items():
            item.show_ports(by_node.get(node_id, {}))

    def lift(self, places: Mapping[NodeId, Point]) -> None:
        """Show nodes elsewhere than the graph says, while they are dragged."""
        for node_id, place in places.items():
            self.nodes[node_id].setPos(QPointF(*place))
        self._lead_edges(places)
        self._lay_out()

    def settle(self) -> None:
        """Show every node where the graph says."""
        moved = [key for key, item in self.nodes.items() if item.pos() != QPointF(*self.graph.nodes[key].position)]
        self.lift({key: self.graph.nodes[key].position for key in moved})

    def _lay_out(self) -> None:
        self._content = None
        self.laid_out.emit()

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
        faces = self._faces
        changed = faces.follow(self.graph, report)
        for node_id in change.added:
            item = NodeItem(node_id, faces[node_id], self._gallery.image(node_id, faces[node_id]), self.ink)
            item.show_state(selected=node_id in self.session.selection)
            self.nodes[node_id] = item
            self.addItem(item)
        for edge in change.connected:
            self.edges[edge] = EdgeItem(edge, self.ink)
            self.addItem(self.edges[edge])
        moved = set(change.added)
        for node_id in change.added | change.changed:
            place = QPointF(*self.graph.nodes[node_id].position)
            if self.nodes[node_id].pos() != place:
                self.nodes[node_id].setPos(place)
                moved.add(node_id)
        ends = {end for edge in change.connected | change.disconnected for end in (edge.source, edge.target)}
        moved |= {key for key in changed if self.nodes[key].show_face(faces[key])} | (ends & self.nodes.keys())
        if self.selected_edge not in self.edges:
            self.selected_edge = None
        self._report = report
        self._lead_edges(moved)
        if moved:
            self._lead_long_edges()
        self._show_shapes(report)
        self._lay_out()

    def _show_shapes(self, report: Report) -> None:
        for edge, item in self.edges.items():
            item.show_shape(report.shape(edge.source))

    def _lead_edges(self, moved: Iterable[NodeId]) -> None:
        """Turn the ports of these nodes and their neighbours to the flow, and lead their edges anew."""
        graph, turned = self.graph, set(moved)
        near = {
            end
            for key in turned
            for edge in (*graph.inputs(key), *graph.outputs(key))
            for end in (edge.source, edge.target)
        }
        for node_id in near | turned:
            item = self.nodes[node_id]
            sources = [self.nodes[edge.source].x() for edge in graph.inputs(node_id)]
            targets = [self.nodes[edge.target].x() for edge in graph.outputs(node_id)]
            flipped = runs_left(item.x(), sources, targets)
            if flipped != item.flipped:
                item.flipped = flipped
                item.update()
                turned.add(node_id)
        for edge in {edge for key in turned for edge in (*graph.inputs(key), *graph.outputs(key))}:
            self._lead(edge)

    def _lead_long_edges(self) -> None:
        """Lead the edges anew that pass by other nodes, wherever those are now."""
        for edge in self.edges:
            if abs(self.nodes[edge.source].x() - self.nodes[edge.target].x()) > 1.5 * COLUMN:
                self._lead(edge)

    def _lead(self, edge: Edge) -> None:
        """Lead an edge from port to port, around the cards that stand between."""
        source, target = self.nodes[edge.source], self.nodes[edge.target]
        start = source.port_point(Port(edge.source, End.OUTPUT))
        end = target.port_point(Port(edge.target, End.INPUT, edge.port))
        around = None
        if abs(end.x() - start.x()) > COLUMN:
            cards = (item.area() for item in self.nodes.values() if item is not source and item is not target)
            around = height_around(start, end, cards)
        arrives = -target.side(End.INPUT)
        self.edges[edge].run(route(start, source.side(End.OUTPUT), end, arrives, around), end, arrives)

    def _away(self, port: Port, point: QPointF) -> float:
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

    def _on_images_changed(self) -> None:
        for node_id, item in self.nodes.items():
            item.show_image(self._gallery.image(node_id, item.face))

    def _on_theme_changed(self) -> None:
        self.ink = Ink(self.studio.theme, self._fonts)
        for item in self.nodes.values():
            item.ink = self.ink
            item.update()  # its kept pixels too, which the scene's own update leaves as they are
        for edge_item in self.edges.values():
            edge_item.ink = self.ink
        self.update()
