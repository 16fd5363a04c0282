"""Automatic layout: left to right by depth, in rows that alternate in direction. Positions are centers of nodes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from cnnstudio.graph.graph import Edge, Graph, NodeId, Point

COLUMN = 216.0  # canvas units between neighboring columns
ROW = 216.0  # between branches of one depth
BAND = 240.0  # between rows of the folded graph
ASPECT = 1.7  # desired width / height of the layout
MARGIN = 120.0  # canvas units that a node extends from its center, roughly
FULL_SIZE = 1000.0  # canvas units that a window shows without zooming out, roughly
CANDIDATES = 4  # row lengths that are computed in full
MAX_LANES = 20_000  # slots for edges, beyond which no layout could be read anyway
CROSSING = 0.5  # cost of each edge beyond the first from one row to the next


@dataclass(frozen=True, slots=True)
class Lane:
    """A slot that an edge occupies in a column that it passes."""

    edge: Edge
    depth: int


Slot = NodeId | Lane


def arrange(graph: Graph) -> Graph:
    """Arrange the nodes by the flow of data, in rows of similar length. A graph with a loop is left unchanged.

    The number of rows is the one with which the graph can be shown largest in a window.
    """
    order = graph.order()
    if not order:
        return graph
    depths: dict[NodeId, int] = {}
    for node_id in order:
        depths[node_id] = max((depths[edge.source] + 1 for edge in graph.inputs(node_id)), default=0)
    columns: list[list[Slot]] = [[] for _ in range(max(depths.values()) + 1)]
    for node_id in order:
        columns[depths[node_id]].append(node_id)
    _keep_lanes(graph, depths, columns)
    rows = _best_rows([len(column) for column in columns], _crossings(graph, depths, len(columns)))
    places = _places(graph, columns, rows)
    return graph.with_positions({slot: place for slot, place in places.items() if isinstance(slot, str)})


def _keep_lanes(graph: Graph, depths: dict[NodeId, int], columns: list[list[Slot]]) -> None:
    """Reserve slots for edges that pass columns of several nodes, as far as `MAX_LANES` go."""
    branched = [depth for depth, column in enumerate(columns) if len(column) > 1]
    left = MAX_LANES
    for edge in sorted(graph.edges):
        passed = branched[bisect_right(branched, depths[edge.source]) : bisect_left(branched, depths[edge.target])]
        left -= len(passed)
        if left < 0:
            return
        for depth in passed:
            columns[depth].append(Lane(edge, depth))


def _crossings(graph: Graph, depths: dict[NodeId, int], count: int) -> list[int]:
    """For each column, the number of edges that enter or pass it from earlier columns."""
    changes = [0] * (count + 1)
    for edge in graph.edges:
        changes[depths[edge.source] + 1] += 1
        changes[depths[edge.target] + 1] -= 1
    return list(accumulate(changes))[:count]


def _best_rows(heights: Sequence[int], crossings: Sequence[int]) -> list[range]:
    """The columns divided into rows, to fit a small window; of equal solutions, the one with the fewest rows.

    `heights` are the numbers of slots in the columns.
    """
    count = len(heights)
    lengths = sorted({-(-count // rows) for rows in range(1, count + 1)}, reverse=True)
    even = {
        length: [range(first, min(first + length, count)) for first in range(0, count, length)] for length in lengths
    }
    promising = sorted(lengths, key=lambda length: _extent(heights, even[length]))[:CANDIDATES]
    return min((_fold(crossings, length) for length in promising), key=lambda rows: (_extent(heights, rows), len(rows)))


def _fold(crossings: Sequence[int], per_row: int) -> list[range]:
    """Divide the columns into rows of similar length, preferably where only one edge leads to the next row."""
    count = len(crossings)
    ideal = count / -(-count // per_row)
    lengths = np.arange(min(2 * per_row, count), 0, -1)
    uneven = ((lengths - ideal) / ideal) ** 2
    # of a row that begins with each column: what beginning it costs, and that with all rows after it
    begins = CROSSING * np.maximum(np.append(crossings, 0) - 1, 0)
    costs, chosen = np.zeros(count + 1), [0] * count
    for first in reversed(range(count)):
        longest = min(len(lengths), count - first)
        after = np.arange(first + longest, first, -1)
        choices = uneven[-longest:] + begins[after] + costs[after]
        best = int(np.argmin(choices))
        costs[first], chosen[first] = choices[best], longest - best
    rows, first = [], 0
    while first < count:
        rows.append(range(first, first + chosen[first]))
        first += chosen[first]
    return rows


def _extent(heights: Sequence[int], rows: Sequence[range]) -> float:
    """The minimum width of a window that shows these rows."""
    width = (max(map(len, rows)) - 1) * COLUMN
    height = sum((max(heights[row.start : row.stop]) - 1) * ROW + BAND for row in rows) - BAND
    return max(width + 2 * MARGIN, (height + 2 * MARGIN) * ASPECT, FULL_SIZE)


def _places(graph: Graph, columns: list[list[Slot]], rows: Iterable[range]) -> dict[Slot, Point]:
    places: dict[Slot, Point] = {}
    lanes: dict[Edge, Lane] = {}  # the last one of each edge that has a place
    top, start = 0.0, 0.0
    for number, row in enumerate(rows):
        step = -COLUMN if number % 2 else COLUMN
        tallest = max(len(columns[depth]) for depth in row)
        middle = top + (tallest - 1) * ROW / 2
        for place, depth in enumerate(row):
            x = start + place * step
            column = sorted(columns[depth], key=lambda slot: _source_height(graph, slot, lanes, places))
            for index, slot in enumerate(column):
                places[slot] = (x, middle + (index - (len(column) - 1) / 2) * ROW)
            lanes |= {slot.edge: slot for slot in column if isinstance(slot, Lane)}
        top += (tallest - 1) * ROW + BAND
        start += (len(row) - 1) * step
    left = min(x for x, _ in places.values())
    return {slot: (x - left, y) for slot, (x, y) in places.items()}


def _source_height(graph: Graph, slot: Slot, lanes: dict[Edge, Lane], places: dict[Slot, Point]) -> float:
    """The mean height of a slot's sources; sorting by it keeps crossings rare."""
    edges = (slot.edge,) if isinstance(slot, Lane) else graph.inputs(slot)
    heights = [places[lanes.get(edge, edge.source)][1] for edge in edges]
    return sum(heights) / len(heights) if heights else 0.0
