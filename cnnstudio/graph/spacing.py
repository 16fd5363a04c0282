"""Make space for a node that was inserted between others."""

from __future__ import annotations

from cnnstudio.graph.graph import Graph, Node, NodeId
from cnnstudio.graph.layout import COLUMN, ROW

MIN_X, MIN_Y = 0.8 * COLUMN, 0.7 * ROW  # nodes closer than both overlap


def make_space(graph: Graph, node_id: NodeId) -> Graph:
    """Place a node that overlaps others right after its source, and move the nodes after it in that row."""
    node, edges = graph.nodes[node_id], graph.inputs(node_id)
    if not edges or not any(_overlap(node, other) for other in graph.nodes.values() if other is not node):
        return graph
    source = graph.nodes[edges[0].source]
    direction = _direction(graph, source, node_id)
    x, y = source.position[0] + direction * COLUMN, source.position[1]
    ahead = {
        key: (other.position[0] - x) * direction
        for key, other in graph.nodes.items()
        if key != node_id
        and abs(other.position[1] - y) < MIN_Y
        and (other.position[0] - source.position[0]) * direction > 0
    }
    shift = max(COLUMN - min(ahead.values(), default=COLUMN), 0.0) * direction
    moved = {key: (graph.nodes[key].position[0] + shift, graph.nodes[key].position[1]) for key in ahead}
    return graph.with_positions({**moved, node_id: (x, y)})


def _overlap(node: Node, other: Node) -> bool:
    (x1, y1), (x2, y2) = node.position, other.position
    return abs(x1 - x2) < MIN_X and abs(y1 - y2) < MIN_Y


def _direction(graph: Graph, source: Node, node_id: NodeId) -> int:
    """The direction of the source's row: 1 to the right, -1 to the left."""
    x, y = source.position
    after = [graph.nodes[edge.target] for edge in graph.outputs(node_id)]
    before = [graph.nodes[edge.source] for edge in graph.inputs(source.id)]
    steps = [other.position[0] - x for other in after if abs(other.position[1] - y) < MIN_Y]
    steps += [x - other.position[0] for other in before if abs(other.position[1] - y) < MIN_Y]
    return -1 if steps and steps[0] < 0 else 1
