"""Edits of a graph as made on the canvas; each returns a new graph."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from types import MappingProxyType

from cnnstudio.graph.graph import Edge, Graph, Node, NodeId, Point
from cnnstudio.layers import Layer


def free_name(graph: Graph, layer: Layer, spent: Collection[NodeId] = ()) -> str:
    """The layer's prefix with the lowest number that no id and no name has yet: `conv1`, `conv2`.

    Layers that are rarely needed twice (Input, Output, Flatten) get no number at first. Ids in `spent` are not
    given again.
    """
    taken = {*graph.nodes, *spent, *(node.name for node in graph.nodes.values())}
    if not layer.numbered and layer.prefix not in taken:
        return layer.prefix
    number = 1
    while f"{layer.prefix}{number}" in taken:
        number += 1
    return f"{layer.prefix}{number}"


def add(graph: Graph, layer: Layer, position: Point = (0.0, 0.0)) -> tuple[Graph, NodeId]:
    """Add a node with a free name; returns the graph and the node's id."""
    name = free_name(graph, layer)
    return graph.with_node(Node(name, layer, name, position)), name


def with_fresh_ids(
    graph: Graph, new: Collection[NodeId], spent: Collection[NodeId]
) -> tuple[Graph, dict[NodeId, NodeId]]:
    """Replace ids of new nodes that are in `spent` by unused ones; names stay. Returns the graph and {old: new}."""
    ids: dict[NodeId, NodeId] = {}
    for node_id in sorted(set(new) & set(spent)):
        ids[node_id] = free_name(graph, graph.nodes[node_id].layer, {*spent, *ids.values()})
    if not ids:
        return graph, ids
    nodes = {ids.get(key, key): replace(node, id=ids.get(key, key)) for key, node in graph.nodes.items()}
    edges = (Edge(ids.get(e.source, e.source), ids.get(e.target, e.target), e.port) for e in graph.edges)
    return Graph(MappingProxyType(nodes), frozenset(edges)), ids


def append(graph: Graph, layer: Layer, after: NodeId | None, position: Point) -> tuple[Graph, NodeId]:
    """Add a node after another one and connect them if possible. The nodes that followed then follow the new one."""
    graph, new = add(graph, layer, position)
    if after is None or layer.is_input or graph.nodes[after].layer.is_output:
        return graph, new
    followers = graph.outputs(after) if not layer.is_output else ()
    for edge in followers:
        graph = graph.with_edge(replace(edge, source=new))
    return graph.with_edge(Edge(after, new)), new


def insert(graph: Graph, layer: Layer, edge: Edge, position: Point) -> tuple[Graph, NodeId]:
    """Insert a new node into an edge; if it cannot be connected, it is only added."""
    graph, new = add(graph, layer, position)
    return (insert_node(graph, new, edge) if not layer.is_input and not layer.is_output else graph), new


def insert_node(graph: Graph, node_id: NodeId, edge: Edge) -> Graph:
    """Insert an existing node into an edge."""
    return graph.with_edge(replace(edge, source=node_id)).with_edge(Edge(edge.source, node_id))


def remove_and_reconnect(graph: Graph, ids: Collection[NodeId]) -> Graph:
    """Remove nodes and reconnect the chains that this interrupts."""
    for node_id in ids:
        inputs, outputs = graph.inputs(node_id), graph.outputs(node_id)
        graph = graph.without([node_id])
        if len(inputs) == 1:
            for edge in outputs:
                graph = graph.with_edge(replace(edge, source=inputs[0].source))
        else:
            graph = _close_gaps(graph, [edge.target for edge in outputs])
    return graph


def copy_nodes(graph: Graph, clip: Graph, offset: Point) -> tuple[Graph, tuple[NodeId, ...]]:
    """Paste the nodes of another graph under free names, moved by the offset. Returns the graph and the new ids."""
    ids: dict[NodeId, NodeId] = {}
    for node in clip.nodes.values():
        name = free_name(graph, node.layer)
        position = (node.position[0] + offset[0], node.position[1] + offset[1])
        graph = graph.with_node(replace(node, id=name, name=name, position=position))
        ids[node.id] = name
    for edge in clip.edges:
        graph = graph.with_edge(Edge(ids[edge.source], ids[edge.target], edge.port))
    return graph, tuple(ids.values())


def free_port(graph: Graph, target: NodeId) -> int | None:
    """The first input port without an edge, or None if all are taken."""
    taken = {edge.port for edge in graph.inputs(target)}
    most = graph.nodes[target].layer.inputs[1]
    return next((port for port in range(most) if port not in taken), None)


def connection_error(graph: Graph, source: NodeId, target: NodeId) -> str:
    """Why the two nodes cannot be connected, in a few words; empty if they can."""
    if graph.nodes[source].layer.is_output:
        return "Output is the end of the network."
    if graph.nodes[target].layer.is_input:
        return "Input is the start of the network."
    if graph.reaches(target, source):
        return "That would create a loop."
    return ""


def _close_gaps(graph: Graph, targets: Collection[NodeId]) -> Graph:
    edges = set(graph.edges)
    for target in set(targets):
        inputs = graph.inputs(target)
        edges -= set(inputs)
        edges |= {replace(edge, port=port) for port, edge in enumerate(inputs)}
    return replace(graph, edges=frozenset(edges))
