"""A graph as plain values for JSON, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cnnstudio.graph.graph import Edge, Graph, Node
from cnnstudio.layers import LAYERS, Layer, ShapeError
from cnnstudio.operations import BlockBuilder, Value
from cnnstudio.spec import ParamError, params_of


class GraphFormatError(ValueError):
    """What was read is no graph; the message says where."""


class UnknownLayer(Layer):
    """A layer of a newer program: it is shown, kept and saved again, but cannot be computed."""

    inputs = (0, 16)
    prefix = "unknown"
    role = "shape"
    title = "Unknown layer"

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        raise ShapeError("This program does not know this kind of layer; a newer version may. Replace or remove it.")


def graph_to_dict(graph: Graph) -> dict[str, object]:
    """Nodes in their order and edges sorted, so that equal graphs give equal text."""
    return {
        "nodes": [_node_to_dict(node) for node in graph.nodes.values()],
        "edges": [[edge.source, edge.target, edge.port] for edge in sorted(graph.edges)],
    }


def graph_from_dict(data: object) -> Graph:
    """The graph that `graph_to_dict` wrote. Raises GraphFormatError."""
    try:
        if not isinstance(data, Mapping):
            raise GraphFormatError("The graph is not a JSON object.")
        nodes = [_node_from_dict(item) for item in data["nodes"]]
        ids = {node.id for node in nodes}
        if len(ids) != len(nodes):
            raise GraphFormatError("Two layers of the graph have one id.")
        edges = [_edge_from_list(item) for item in data["edges"]]
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise GraphFormatError(f"The graph lacks or garbles {error}.") from error
    for edge in edges:
        if {edge.source, edge.target} - ids:
            raise GraphFormatError(f"A connection from {edge.source} to {edge.target} leads nowhere.")
    return Graph(MappingProxyType({node.id: node for node in nodes}), frozenset(edges))


def _node_to_dict(node: Node) -> dict[str, object]:
    extra = json.loads(node.unknown) if node.unknown else {}
    layer = extra if isinstance(node.layer, UnknownLayer) else {**node.layer.to_dict(), **extra}
    return {"id": node.id, "name": node.name, "position": list(node.position), "layer": layer}


def _node_from_dict(data: Mapping[str, Any]) -> Node:
    node_id, name = _text(data["id"], "id"), _text(data.get("name", data["id"]), "name")
    x, y = data.get("position", (0.0, 0.0))
    layer = data["layer"]
    cls = LAYERS.get(layer["kind"])
    if cls is None:
        return Node(node_id, UnknownLayer(), name, (float(x), float(y)), json.dumps(layer))
    known = {"kind"} | {param for param, _ in params_of(cls)}
    extra = {key: value for key, value in layer.items() if key not in known}
    try:
        return Node(node_id, cls.from_dict(layer), name, (float(x), float(y)), json.dumps(extra) if extra else "")
    except ParamError as error:
        raise GraphFormatError(f"Layer {name}: {error}.") from error


def _edge_from_list(data: Any) -> Edge:
    source, target, port = data
    if not isinstance(port, int) or port < 0:
        raise GraphFormatError(f"A connection to {target} has the port {port!r}.")
    return Edge(_text(source, "edge"), _text(target, "edge"), port)


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value or len(value) > 200:
        raise GraphFormatError(f"A layer's {what} is {value!r}; it must be a short text.")
    return value
