"""What people do to the graph, from wherever they do it: palette, canvas, outline or menu. Each is one step of undo."""

from __future__ import annotations

import json

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from cnnstudio.graph import (
    DataSpec,
    Edge,
    Fix,
    Graph,
    GraphFormatError,
    NodeId,
    Point,
    arrange,
    graph_from_dict,
    graph_to_dict,
)
from cnnstudio.graph.edit import append, connection_error, copy_nodes, free_port, heal, insert, splice
from cnnstudio.graph.layout import COLUMN
from cnnstudio.graph.spacing import make_space
from cnnstudio.gui.state.session import Session
from cnnstudio.layers import LAYERS, Layer
from cnnstudio.project import new_project

LAYER_MIME = "application/x-cnnstudio-layer"  # a dragged palette entry: the layer's kind
NODES_MIME = "application/x-cnnstudio-nodes"  # copied nodes: a graph as JSON
PASTE_SHIFT = 32.0  # canvas units


def begin(session: Session, fit: DataSpec | None) -> None:
    """Draw a small network that suits the data, in place of what is there."""
    project = new_project("xo", fit.image, fit.classes) if fit else new_project("xo")
    session.edit_graph("Start with a small network", project.graph)


def add_layer(session: Session, kind: str, at: Point | None = None, onto: Edge | None = None) -> NodeId:
    """Add a layer: onto an edge if one is given, at a place if only that is given, else behind the selected node."""
    layer, graph = LAYERS[kind](), session.graph
    if onto is not None:
        graph, new = insert(graph, layer, onto, at or _middle(graph, onto))
    elif at is not None:
        graph, new = append(graph, layer, None, at)
    else:
        after = session.selection[-1] if session.selection else _last(graph)
        graph, new = append(graph, layer, after, _behind(graph, after))
    return session.edit_graph(f"Add {layer.title}", make_space(graph, new), select=[new]).get(new, new)


def connect(session: Session, source: NodeId, target: NodeId, port: int | None = None) -> str:
    """Connect two nodes, at the port or at the first free one; returns why that cannot be, or nothing."""
    if reason := connection_error(session.graph, source, target):
        return reason
    if port is None:
        port = free_port(session.graph, target)
    if port is None:
        port = 0
    session.edit_graph("Connect", session.graph.with_edge(Edge(source, target, port)))
    return ""


def add_before(session: Session, kind: str, at: Point, target: NodeId, port: int) -> NodeId:
    """Add a layer at a place and connect it to an input port."""
    graph, new = append(session.graph, LAYERS[kind](), None, at)
    graph = graph.with_edge(Edge(new, target, port))
    return session.edit_graph(f"Add {LAYERS[kind].title}", graph, select=[new]).get(new, new)


def add_behind(session: Session, kind: str, at: Point, source: NodeId) -> NodeId:
    """Add a layer at a place and connect a node to it, besides what follows that node already."""
    graph, new = append(session.graph, LAYERS[kind](), None, at)
    graph = graph.with_edge(Edge(source, new))
    return session.edit_graph(f"Add {LAYERS[kind].title}", graph, select=[new]).get(new, new)


def reroute(session: Session, edge: Edge, target: NodeId, port: int) -> None:
    """Let a connection arrive at another port; what arrived there before is disconnected."""
    moved = Edge(edge.source, target, port)
    if moved != edge:
        session.edit_graph("Reconnect", session.graph.with_edge(moved).without_edge(edge))


def disconnect(session: Session, edge: Edge) -> None:
    """Remove a connection."""
    session.edit_graph("Disconnect", session.graph.without_edge(edge))


def put_onto(session: Session, node_id: NodeId, edge: Edge, at: Point) -> None:
    """Move a node that has no connections into the middle of an edge."""
    graph = splice(session.graph.with_positions({node_id: at}), node_id, edge)
    session.edit_graph(f"Insert {session.graph.nodes[node_id].name}", make_space(graph, node_id))


def move(session: Session, positions: dict[NodeId, Point]) -> None:
    """Move nodes."""
    session.edit_graph("Move", session.graph.with_positions(positions))


def rename(session: Session, node_id: NodeId, name: str) -> None:
    """Give a node another name; an empty one is passed over."""
    if name.strip():
        session.edit_graph("Rename", session.graph.with_name(node_id, name.strip()))


def change_layer(session: Session, node_id: NodeId, layer: Layer, param: str) -> None:
    """Change a parameter of a node's layer; quick changes of one parameter are undone together."""
    graph = session.graph.with_layer(node_id, layer)
    session.edit_graph(f"Change {param.replace('_', ' ')}", graph, merge_key=f"{node_id}.{param}")


def delete_selection(session: Session) -> None:
    """Remove the selected nodes; chains that they interrupted are joined again."""
    if session.selection:
        session.edit_graph("Delete", heal(session.graph, session.selection))


def copy_selection(session: Session) -> None:
    """Put the selected nodes on the clipboard."""
    if not session.selection:
        return
    others = set(session.graph.nodes) - set(session.selection)
    text = json.dumps(graph_to_dict(session.graph.without(others)))
    data = QMimeData()
    data.setData(NODES_MIME, text.encode())
    data.setText(text)
    QGuiApplication.clipboard().setMimeData(data)


def cut_selection(session: Session) -> None:
    """Copy the selected nodes, then remove them."""
    copy_selection(session)
    delete_selection(session)


def paste(session: Session) -> None:
    """Add the nodes on the clipboard under new names; other things on it are passed over."""
    data = QGuiApplication.clipboard().mimeData()
    if data is None or not data.hasFormat(NODES_MIME):
        return
    try:
        clip = graph_from_dict(json.loads(bytes(data.data(NODES_MIME).data())))
    except (ValueError, GraphFormatError):
        return
    _paste(session, "Paste", clip)


def duplicate_selection(session: Session) -> None:
    """Add copies of the selected nodes beside them."""
    if session.selection:
        others = set(session.graph.nodes) - set(session.selection)
        _paste(session, "Duplicate", session.graph.without(others))


def select_all(session: Session) -> None:
    """Select every node."""
    session.select(session.graph.nodes)


def tidy(session: Session) -> None:
    """Arrange all nodes along the flow of data."""
    session.edit_graph("Arrange", arrange(session.graph))


def apply_fix(session: Session, fix: Fix) -> None:
    """Do what a problem proposes."""
    graph = fix.graph
    for node_id in graph.nodes.keys() - session.graph.nodes.keys():
        graph = make_space(graph, node_id)
    session.edit_graph(fix.title, graph)


def _paste(session: Session, text: str, clip: Graph) -> None:
    graph, new = copy_nodes(session.graph, clip, (PASTE_SHIFT, PASTE_SHIFT))
    session.edit_graph(text, graph, select=new)


def _last(graph: Graph) -> NodeId | None:
    """Where a new layer goes when nothing is selected: before Output if there is one, else at the end."""
    for output in graph.output_nodes:
        for edge in graph.inputs(output.id):
            return edge.source
    order = graph.order() or tuple(graph.nodes)
    return next((key for key in reversed(order) if not graph.nodes[key].layer.is_output), None)


def _behind(graph: Graph, after: NodeId | None) -> Point:
    """The place to the right of a node, or of all where there is no such node."""
    if after is not None:
        x, y = graph.nodes[after].position
        return x + COLUMN, y
    places = [node.position for node in graph.nodes.values()]
    return max((x + COLUMN for x, _ in places), default=0.0), min((y for _, y in places), default=0.0)


def _middle(graph: Graph, edge: Edge) -> Point:
    (x1, y1), (x2, y2) = graph.nodes[edge.source].position, graph.nodes[edge.target].position
    return (x1 + x2) / 2, (y1 + y2) / 2
