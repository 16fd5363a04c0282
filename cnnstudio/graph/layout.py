"""Automatic layout: left to right by depth, in rows that turn back when they get long. Positions are nodes' centres."""

from __future__ import annotations

from cnnstudio.graph.graph import Graph, NodeId, Point

COLUMN = 216.0  # canvas units between neighbours
ROW = 216.0  # between branches of one depth
BAND = 240.0  # between rows of the folded chain
PER_ROW = 6  # depths before the chain turns back, at most


def arrange(graph: Graph, per_row: int = PER_ROW) -> Graph:
    """Move every node to where the flow of data puts it, in rows of like length; a graph with a loop stays as it is."""
    order = graph.order()
    if not order:
        return graph
    depth: dict[NodeId, int] = {}
    for node_id in order:
        depth[node_id] = max((depth[edge.source] + 1 for edge in graph.inputs(node_id)), default=0)
    columns: dict[int, list[NodeId]] = {}
    for node_id in order:
        columns.setdefault(depth[node_id], []).append(node_id)
    rows = -(-len(columns) // per_row)
    return graph.with_positions(_positions(graph, columns, -(-len(columns) // rows)))


def _positions(graph: Graph, columns: dict[int, list[NodeId]], per_row: int) -> dict[NodeId, Point]:
    positions: dict[NodeId, Point] = {}
    top = 0.0
    for first in range(0, len(columns), per_row):
        band = range(first, min(first + per_row, len(columns)))
        turned = (first // per_row) % 2 == 1
        tallest = max(len(columns[number]) for number in band)
        middle = top + (tallest - 1) * ROW / 2
        for place, number in enumerate(band):
            x = (per_row - 1 - place if turned else place) * COLUMN
            column = _by_source(graph, columns[number], positions)
            for index, node_id in enumerate(column):
                positions[node_id] = (x, middle + (index - (len(column) - 1) / 2) * ROW)
        top += (tallest - 1) * ROW + BAND
    return positions


def _by_source(graph: Graph, column: list[NodeId], positions: dict[NodeId, Point]) -> list[NodeId]:
    """Order a column by where its inputs lie, so that edges cross little."""

    def height(node_id: NodeId) -> float:
        sources = [positions[edge.source][1] for edge in graph.inputs(node_id) if edge.source in positions]
        return sum(sources) / len(sources) if sources else 0.0

    return sorted(column, key=height)
