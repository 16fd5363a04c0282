"""Conversion of a graph to plain values for JSON and back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from cnnstudio.graph.graph import Edge, Graph, Node
from cnnstudio.graph.layout import arrange
from cnnstudio.graph.unknown_fields import leftover, merged
from cnnstudio.layers import LAYERS, Layer, ShapeError
from cnnstudio.operations import BlockBuilder, Value
from cnnstudio.spec import ParamError
from cnnstudio.user_error import UserError

MAX_LENGTH = 200  # characters of an id, a name or a kind
MAX_NODES = 5000
FARTHEST = 1e6  # canvas units that a node may be from the origin


class GraphFormatError(UserError):
    """Invalid JSON of a graph; the message says what is wrong where."""


class UnknownLayer(Layer):
    """A layer of a newer version of the program: it is shown and saved again, but cannot be computed."""

    inputs = (0, 16)
    prefix = "unknown"
    role = "shape"
    title = "Unknown layer"

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        raise ShapeError(
            "This version of CNN Studio does not know this kind of layer. Install a newer version or replace the layer."
        )


def graph_to_dict(graph: Graph) -> dict[str, object]:
    """Convert to plain values, with edges sorted, so that equal graphs give equal text."""
    return {
        "nodes": [_node_to_dict(node) for node in graph.nodes.values()],
        "edges": [[edge.source, edge.target, edge.port] for edge in sorted(graph.edges)],
    }


def graph_from_dict(data: object) -> Graph:
    """Restore what `graph_to_dict` returned; nodes too far away are arranged anew. Raises GraphFormatError."""
    try:
        if not isinstance(data, Mapping):
            raise GraphFormatError("The graph is not a JSON object.")
        if len(data["nodes"]) > MAX_NODES:
            raise GraphFormatError(f"The graph has {len(data['nodes']):,} layers; at most {MAX_NODES:,} can be opened.")
        nodes = {node.id: node for node in map(_node_from_dict, data["nodes"])}
        if len(nodes) != len(data["nodes"]):
            raise GraphFormatError("Two layers have the same id.")
        edges = frozenset(_edge_from_list(item, nodes) for item in data["edges"])
    except GraphFormatError:
        raise
    except KeyError as error:
        raise GraphFormatError(f"The graph lacks {error}.") from error
    except (TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
        raise GraphFormatError(f"The graph is malformed: {error}.") from error
    if len({(edge.target, edge.port) for edge in edges}) != len(data["edges"]):
        raise GraphFormatError("Two connections of the graph lead to one port.")
    graph = Graph(MappingProxyType(nodes), edges)
    return graph if all(map(_can_be_shown, nodes.values())) else _arranged(graph)


def _can_be_shown(node: Node) -> bool:
    return max(map(abs, node.position)) <= FARTHEST


def _arranged(graph: Graph) -> Graph:
    """The graph arranged anew; one with a loop, which cannot be, with all nodes at the origin."""
    return arrange(graph.with_positions(dict.fromkeys(graph.nodes, (0.0, 0.0))))


def _node_to_dict(node: Node) -> dict[str, object]:
    layer: dict[str, object] = {} if isinstance(node.layer, UnknownLayer) else node.layer.to_dict()
    known: dict[str, object] = {"id": node.id, "name": node.name, "position": list(node.position), "layer": layer}
    return merged(known, json.loads(node.unknown)) if node.unknown else known


def _node_from_dict(data: Mapping[str, Any]) -> Node:
    node_id, name = _text(data["id"], "id"), _text(data.get("name", data["id"]), "name")
    x, y = (float(number) for number in data.get("position", (0.0, 0.0)))
    if not (math.isfinite(x) and math.isfinite(y)):
        raise GraphFormatError(f"The position of layer {name} is not finite: {x}, {y}.")
    cls = LAYERS.get(_text(data["layer"]["kind"], "kind"))
    try:
        layer = UnknownLayer() if cls is None else cls.from_dict(data["layer"])
    except ParamError as error:
        raise GraphFormatError(f"Layer {name}: {error}.") from error
    node = Node(node_id, layer, name, (x, y))
    rest = leftover(data, _node_to_dict(node))
    return replace(node, unknown=json.dumps(rest)) if rest else node


def _edge_from_list(data: Any, nodes: Mapping[str, Node]) -> Edge:
    source, target, port = data
    for end in (source, target):
        if _text(end, "connection") not in nodes:
            raise GraphFormatError(f"There is a connection from {source} to {target}, but not both layers exist.")
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port < nodes[target].layer.inputs[1]:
        raise GraphFormatError(f"A connection to {target} has the invalid port {port!r}.")
    return Edge(source, target, port)


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value or len(value) > MAX_LENGTH or "\0" in value:
        raise GraphFormatError(
            f"A layer's {what} is {value!r:.{MAX_LENGTH}}; it must be a string of 1 to {MAX_LENGTH} characters."
        )
    return value
