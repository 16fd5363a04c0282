"""Edits of a graph as made on the canvas; each returns a new graph."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from types import MappingProxyType

from cnnstudio.graph.free_names import FreeNames
from cnnstudio.graph.graph import Edge, Graph, Node, NodeId, Point
from cnnstudio.layers import Layer


def add(graph: Graph, layer: Layer, position: Point = (0.0, 0.0)) -> tuple[Graph, NodeId]:
    """Add a node with a free name; returns the graph and the node's id."""
    name = FreeNames(graph).find(layer)
    return graph.with_node(Node(name, layer, name, position)), name


def with_fresh_ids(
    graph: Graph, new: Collection[NodeId], spent: Collection[NodeId]
) -> tuple[Graph, dict[NodeId, NodeId]]:
    """Replace ids of new nodes that are in `spent` by unused ones; names stay. Returns the graph and {old: new}."""
    names = FreeNames(graph, spent)
    ids = {node_id: names.take(graph.nodes[node_id].layer) for node_id in sorted(set(new) & set(spent))}
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
    inputs = {key: {edge.port: edge.source for edge in graph.inputs(key)} for key in graph.nodes}
    outputs = {key: {(edge.target, edge.port) for edge in graph.outputs(key)} for key in graph.nodes}
    for node_id in ids:
        followers = {(target, port) for target, port in outputs.pop(node_id, set()) if target != node_id}
        sources = {port: source for port, source in inputs.pop(node_id, {}).items() if source != node_id}
        for port, source in sources.items():
            outputs[source].discard((node_id, port))
        if len(sources) == 1:
            (source,) = sources.values()
            for target, port in followers:
                inputs[target][port] = source
            outputs[source] |= followers
        else:
            for target, port in followers:
                del inputs[target][port]
            for target in {target for target, _ in followers}:
                _close_gaps(inputs[target], outputs, target)
    nodes = {key: graph.nodes[key] for key in inputs}
    edges = (Edge(source, key, port) for key, ports in inputs.items() for port, source in ports.items())
    return Graph(MappingProxyType(nodes), frozenset(edges))


def copy_nodes(graph: Graph, clip: Graph, offset: Point) -> tuple[Graph, tuple[NodeId, ...]]:
    """Paste the nodes of another graph under free names, moved by the offset. Returns the graph and the new ids."""
    names, ids, nodes = FreeNames(graph), dict[NodeId, NodeId](), dict(graph.nodes)
    for node in clip.nodes.values():
        name = names.take(node.layer)
        position = (node.position[0] + offset[0], node.position[1] + offset[1])
        nodes[name] = replace(node, id=name, name=name, position=position)
        ids[node.id] = name
    edges = (Edge(ids[edge.source], ids[edge.target], edge.port) for edge in clip.edges)
    return Graph(MappingProxyType(nodes), graph.edges.union(edges)), tuple(ids.values())


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


def _close_gaps(ports: dict[int, NodeId], outputs: dict[NodeId, set[tuple[NodeId, int]]], target: NodeId) -> None:
    """Number the inputs of a node, its sources by port, without gaps."""
    sources = [ports[port] for port in sorted(ports)]
    for port, source in ports.items():
        outputs[source].discard((target, port))
    ports.clear()
    for port, source in enumerate(sources):
        ports[port] = source
        outputs[source].add((target, port))
