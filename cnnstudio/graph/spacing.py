"""Make room for a node that was put between others."""

from __future__ import annotations

from cnnstudio.graph.graph import Graph, Node, NodeId
from cnnstudio.graph.layout import COLUMN, ROW

BESIDE, BELOW = 0.8 * COLUMN, 0.7 * ROW  # nodes nearer than both of these lie on one another


def make_room(graph: Graph, node_id: NodeId) -> Graph:
    """Put a node that lies on others right behind the one it follows, and move on what comes after it in that row."""
    node, edges = graph.nodes[node_id], graph.inputs(node_id)
    if not edges or not any(_touch(node, other) for other in graph.nodes.values() if other is not node):
        return graph
    source = graph.nodes[edges[0].source]
    way = _way(graph, source, node_id)
    x, y = source.position[0] + way * COLUMN, source.position[1]
    ahead = {
        key: (other.position[0] - x) * way
        for key, other in graph.nodes.items()
        if key != node_id and abs(other.position[1] - y) < BELOW and (other.position[0] - source.position[0]) * way > 0
    }
    lacking = max(COLUMN - min(ahead.values(), default=COLUMN), 0.0) * way
    moved = {key: (graph.nodes[key].position[0] + lacking, graph.nodes[key].position[1]) for key in ahead}
    return graph.with_positions({**moved, node_id: (x, y)})


def _touch(node: Node, other: Node) -> bool:
    (x1, y1), (x2, y2) = node.position, other.position
    return abs(x1 - x2) < BESIDE and abs(y1 - y2) < BELOW


def _way(graph: Graph, source: Node, node_id: NodeId) -> int:
    """Whether data flows to the right (1) or to the left (-1) behind the source, told from its row."""
    x, y = source.position
    after = [graph.nodes[edge.target] for edge in graph.outputs(node_id)]
    before = [graph.nodes[edge.source] for edge in graph.inputs(source.id)]
    steps = [other.position[0] - x for other in after if abs(other.position[1] - y) < BELOW]
    steps += [x - other.position[0] for other in before if abs(other.position[1] - y) < BELOW]
    return -1 if steps and steps[0] < 0 else 1
