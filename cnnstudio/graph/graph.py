"""Graph: nodes and edges as an immutable value. Every edit returns a new Graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from operator import attrgetter
from types import MappingProxyType

from cnnstudio.layers import Layer

NodeId = str
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Node:
    """A layer on the canvas. `unknown` holds, as JSON, fields of newer versions that this one does not know."""

    id: NodeId
    layer: Layer
    name: str
    position: Point = (0.0, 0.0)
    unknown: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """A connection from the output of a node to a numbered input port of another."""

    source: NodeId
    target: NodeId
    port: int = 0


@dataclass(frozen=True)
class Graph:
    """Nodes by id, and the edges between them."""

    nodes: Mapping[NodeId, Node] = field(default_factory=lambda: MappingProxyType({}))
    edges: frozenset[Edge] = frozenset()

    def with_node(self, node: Node) -> Graph:
        """Add a node, or replace the one with the same id."""
        return replace(self, nodes=MappingProxyType({**self.nodes, node.id: node}))

    def with_layer(self, node_id: NodeId, layer: Layer) -> Graph:
        """Replace the layer of a node. Unknown fields are kept only for a layer of the same kind."""
        node = self.nodes[node_id]
        unknown = node.unknown if layer.kind == node.layer.kind else ""
        return self.with_node(replace(node, layer=layer, unknown=unknown))

    def with_name(self, node_id: NodeId, name: str) -> Graph:
        """Rename the node."""
        return self.with_node(replace(self.nodes[node_id], name=name))

    def with_positions(self, positions: Mapping[NodeId, Point]) -> Graph:
        """Move the nodes."""
        moved = {key: replace(self.nodes[key], position=point) for key, point in positions.items()}
        return replace(self, nodes=MappingProxyType({**self.nodes, **moved}))

    def without(self, ids: Iterable[NodeId]) -> Graph:
        """Remove nodes and all their edges."""
        gone = set(ids)
        nodes = {key: node for key, node in self.nodes.items() if key not in gone}
        edges = frozenset(e for e in self.edges if not {e.source, e.target} & gone)
        return Graph(MappingProxyType(nodes), edges)

    def with_edge(self, edge: Edge) -> Graph:
        """Add an edge. It replaces the one that the input port has, if any."""
        kept = {e for e in self.edges if (e.target, e.port) != (edge.target, edge.port)}
        return replace(self, edges=frozenset(kept | {edge}))

    def without_edge(self, edge: Edge) -> Graph:
        """Remove an edge. Edges at higher ports of the same node move down by one."""
        kept = {
            replace(e, port=e.port - 1) if e.target == edge.target and e.port > edge.port else e
            for e in self.edges - {edge}
        }
        return replace(self, edges=frozenset(kept))

    def inputs(self, target: NodeId) -> tuple[Edge, ...]:
        """The edges to a node, by port."""
        return self._inputs.get(target, ())

    def outputs(self, source: NodeId) -> tuple[Edge, ...]:
        """The edges from a node, in a fixed order."""
        return self._outputs.get(source, ())

    def order(self) -> tuple[NodeId, ...] | None:
        """The node ids in topological order, or None if there is a loop."""
        return self._order

    def loop(self) -> tuple[NodeId, ...]:
        """The nodes of a loop in the direction of the data; empty if there is none."""
        try:
            self._sorter().prepare()
        except CycleError as error:
            return tuple(error.args[1][:-1])
        return ()

    def reaches(self, source: NodeId, target: NodeId) -> bool:
        """Whether there is a path from the source to the target."""
        seen, waiting = set(), [source]
        while waiting:
            current = waiting.pop()
            if current == target:
                return True
            if current not in seen:
                seen.add(current)
                waiting += [edge.target for edge in self.outputs(current)]
        return False

    @cached_property
    def wiring(self) -> object:
        """Layers and edges without names and positions: equal wiring gives an equal network."""
        return {key: node.layer for key, node in self.nodes.items()}, self.edges

    @cached_property
    def input_nodes(self) -> tuple[Node, ...]:
        """The nodes where images come in; a complete network has one."""
        return tuple(node for node in self.nodes.values() if node.layer.is_input)

    @cached_property
    def output_nodes(self) -> tuple[Node, ...]:
        """The nodes with the network's output and its loss; a complete network has one."""
        return tuple(node for node in self.nodes.values() if node.layer.is_output)

    @cached_property
    def _inputs(self) -> dict[NodeId, tuple[Edge, ...]]:
        return _grouped(sorted(self.edges, key=attrgetter("target", "port")), "target")

    @cached_property
    def _outputs(self) -> dict[NodeId, tuple[Edge, ...]]:
        return _grouped(sorted(self.edges, key=attrgetter("source", "target", "port")), "source")

    @cached_property
    def _order(self) -> tuple[NodeId, ...] | None:
        try:
            return tuple(self._sorter().static_order())
        except CycleError:
            return None

    def _sorter(self) -> TopologicalSorter[NodeId]:
        return TopologicalSorter({key: [e.source for e in self.inputs(key)] for key in self.nodes})


def _grouped(edges: Iterable[Edge], end: str) -> dict[NodeId, tuple[Edge, ...]]:
    groups: dict[NodeId, list[Edge]] = {}
    for edge in edges:
        groups.setdefault(getattr(edge, end), []).append(edge)
    return {key: tuple(group) for key, group in groups.items()}
