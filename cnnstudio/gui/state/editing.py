"""Edits of the graph, shared by the Layers panel, canvas, outline and menus. Each is one undo step.

A name field, a menu or a list may still be open when Undo removes the node that it belongs to: an edit of a node, a
connection or a problem that is gone changes nothing.
"""

from __future__ import annotations

from cnnstudio.graph import (
    DataSpec,
    Edge,
    Fix,
    Graph,
    NodeId,
    Point,
    arrange,
)
from cnnstudio.graph.data_fit import fit_layer
from cnnstudio.graph.edit import append, connection_error, free_port, insert, insert_node, remove_and_reconnect
from cnnstudio.graph.insertion_point import insertion_point
from cnnstudio.graph.json_format import MAX_LENGTH
from cnnstudio.graph.layout import COLUMN
from cnnstudio.graph.spacing import make_space
from cnnstudio.gui.state.edit_titles import change_title
from cnnstudio.gui.state.session import Session
from cnnstudio.layers import LAYERS, Layer
from cnnstudio.project import new_project

LAYER_MIME = "application/x-cnnstudio-layer"  # a dragged layer type: its kind


def start_with_small_network(session: Session, data_spec: DataSpec | None) -> None:
    """Replace the graph by a small network for the dataset."""
    project = new_project("xo", data_spec.image, data_spec.classes) if data_spec else new_project("xo")
    session.edit_graph("Start with a small network", project.graph)


def add_layer(session: Session, kind: str, at: Point | None = None, onto: Edge | None = None) -> NodeId:
    """Add a layer: in the middle of `onto`, or at the position `at`, or after the selected node, or where it fits.

    Input takes the shape of the data, and the last fully connected layer its number of classes. Returns the new id.
    """
    layer, graph, data = LAYERS[kind](), session.graph, session.data_spec
    if onto in graph.edges:
        graph, new = insert(graph, layer, onto, at or _middle(graph, onto))
    elif at is not None:
        graph, new = append(graph, layer, None, at)
    else:
        after = session.selection[-1] if session.selection else insertion_point(graph, layer, data)
        graph, new = append(graph, layer, after, _position_after(graph, after))
    return _add(session, make_space(graph, new), new)


def connect(session: Session, source: NodeId, target: NodeId, port: int | None = None) -> str:
    """Connect two nodes at `port` or the first free port; returns why it is not possible, or an empty string."""
    if not _has(session, source, target):
        return "The layer is gone."
    if reason := connection_error(session.graph, source, target):
        return reason
    if port is None:
        port = free_port(session.graph, target)
    if port is None:
        port = 0
    session.edit_graph("Connect", session.graph.with_edge(Edge(source, target, port)))
    return ""


def add_before(session: Session, kind: str, at: Point, target: NodeId, port: int) -> NodeId:
    """Add a layer and connect it to an input port of `target`, if that is still there; returns its id."""
    graph, new = append(session.graph, LAYERS[kind](), None, at)
    if _has(session, target):
        graph = graph.with_edge(Edge(new, target, port))
    return _add(session, graph, new)


def add_after(session: Session, kind: str, at: Point, source: NodeId) -> NodeId:
    """Add a layer and connect `source` to it, if that is still there; its connections stay. Returns the new id."""
    graph, new = append(session.graph, LAYERS[kind](), None, at)
    if _has(session, source):
        graph = graph.with_edge(Edge(source, new))
    return _add(session, graph, new)


def reroute(session: Session, edge: Edge, target: NodeId, port: int) -> None:
    """Move the target end of a connection to another port, replacing the connection there."""
    moved = Edge(edge.source, target, port)
    if moved != edge and edge in session.graph.edges and _has(session, target):
        session.edit_graph("Reconnect", session.graph.with_edge(moved).without_edge(edge))


def disconnect(session: Session, edge: Edge) -> None:
    """Remove a connection."""
    if edge in session.graph.edges:
        session.edit_graph("Disconnect", session.graph.without_edge(edge))


def insert_into_edge(session: Session, node_id: NodeId, edge: Edge, at: Point) -> None:
    """Insert an unconnected node in the middle of an edge."""
    if not _has(session, node_id) or edge not in session.graph.edges:
        return
    graph = insert_node(session.graph.with_positions({node_id: at}), node_id, edge)
    session.edit_graph(f"Insert {session.graph.nodes[node_id].name}", make_space(graph, node_id))


def move(session: Session, positions: dict[NodeId, Point]) -> None:
    """Move nodes."""
    present = {key: place for key, place in positions.items() if _has(session, key)}
    session.edit_graph("Move", session.graph.with_positions(present))


def rename(session: Session, node_id: NodeId, name: str) -> None:
    """Rename a node; an empty name is ignored, and one that is too long for a file is cut."""
    name = name.replace("\0", "").strip()[:MAX_LENGTH].strip()
    if name and _has(session, node_id):
        session.edit_graph("Rename", session.graph.with_name(node_id, name))


def change_layer(session: Session, node_id: NodeId, layer: Layer, param: str) -> None:
    """Change a parameter of a node's layer; quick successive changes of one parameter are one undo step."""
    if not _has(session, node_id):
        return
    graph = session.graph.with_layer(node_id, layer)
    session.edit_graph(change_title(layer, param), graph, merge_key=f"{node_id}.{param}")


def delete_selection(session: Session) -> None:
    """Delete the selected nodes and reconnect their neighbors."""
    if session.selection:
        session.edit_graph("Delete", remove_and_reconnect(session.graph, session.selection))


def select_all(session: Session) -> None:
    """Select every node."""
    session.select(session.graph.nodes)


def arrange_all(session: Session) -> None:
    """Arrange all nodes automatically, from input to output."""
    session.edit_graph("Arrange", arrange(session.graph))


def apply_fix(session: Session, fix: Fix) -> None:
    """Apply a fix that a problem of the current graph proposes."""
    if fix.base is not session.graph or not any(fix in problem.fixes for problem in session.report.problems):
        return
    graph = fix.graph
    for node_id in graph.nodes.keys() - session.graph.nodes.keys():
        graph = make_space(graph, node_id)
    session.edit_graph(fix.title, graph)


def _add(session: Session, graph: Graph, new: NodeId) -> NodeId:
    """Make the graph with this new node the current one and select the node; returns its id, which may be another."""
    if session.data_spec is not None:
        graph = fit_layer(graph, new, session.data_spec)
    return session.edit_graph(f"Add {graph.nodes[new].layer.title}", graph, select=[new]).get(new, new)


def _has(session: Session, *ids: NodeId) -> bool:
    return all(key in session.graph.nodes for key in ids)


def _position_after(graph: Graph, after: NodeId | None) -> Point:
    """The position to the right of a node, or of all nodes if it is None."""
    if after is not None:
        x, y = graph.nodes[after].position
        return x + COLUMN, y
    positions = [node.position for node in graph.nodes.values()]
    return max((x + COLUMN for x, _ in positions), default=0.0), min((y for _, y in positions), default=0.0)


def _middle(graph: Graph, edge: Edge) -> Point:
    (x1, y1), (x2, y2) = graph.nodes[edge.source].position, graph.nodes[edge.target].position
    return (x1 + x2) / 2, (y1 + y2) / 2
