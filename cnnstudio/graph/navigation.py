"""Keyboard navigation: the next node in the graph or in a direction."""

from __future__ import annotations

import math

from cnnstudio.graph.graph import Graph, NodeId, Point

CONNECTED = 0.5  # factor on the distance of connected nodes


def along(graph: Graph, current: NodeId | None, step: int) -> NodeId | None:
    """The next (step 1) or previous (step -1) node in topological order; None past either end."""
    order = graph.order() or tuple(graph.nodes)
    if not order:
        return None
    if current is None:
        return order[0 if step > 0 else -1]
    index = order.index(current) + step
    return order[index] if 0 <= index < len(order) else None


def towards(graph: Graph, current: NodeId, direction: Point) -> NodeId | None:
    """The nearest node in this direction, give or take 45°. Connected nodes count as half as far.

    If there is none to the left or right, a connected node that is not behind, such as the first of the next row.
    """
    best, best_cost = None, math.inf
    near = {edge.target for edge in graph.outputs(current)} | {edge.source for edge in graph.inputs(current)}
    for node_id in graph.nodes:
        ahead, beside = _offset(graph, current, node_id, direction)
        cost = (ahead + 2.0 * beside) * (CONNECTED if node_id in near else 1.0)
        if ahead > 0.0 and beside <= ahead and cost < best_cost:
            best, best_cost = node_id, cost
    if best is not None or not direction[0]:
        return best
    return next((node_id for node_id in sorted(near) if _is_beside(graph, current, node_id, direction)), None)


def _offset(graph: Graph, start: NodeId, end: NodeId, direction: Point) -> tuple[float, float]:
    """The distance along the direction (negative: behind) and across it."""
    (x1, y1), (x2, y2) = graph.nodes[start].position, graph.nodes[end].position
    dx, dy = x2 - x1, y2 - y1
    return dx * direction[0] + dy * direction[1], abs(dx * direction[1] - dy * direction[0])


def _is_beside(graph: Graph, start: NodeId, end: NodeId, direction: Point) -> bool:
    ahead, beside = _offset(graph, start, end, direction)
    return -ahead < beside
