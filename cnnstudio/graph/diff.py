"""What differs between two graphs, by id: all that a view must redraw."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.graph.graph import Edge, Graph, NodeId


@dataclass(frozen=True, slots=True)
class GraphDiff:
    """The ids of nodes and the edges that came, went or changed."""

    added: frozenset[NodeId]
    removed: frozenset[NodeId]
    changed: frozenset[NodeId]
    connected: frozenset[Edge]
    disconnected: frozenset[Edge]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.connected or self.disconnected)


def diff(before: Graph, after: Graph) -> GraphDiff:
    """The changes that lead from one graph to the other."""
    old, new = before.nodes, after.nodes
    kept = new.keys() & old.keys()
    return GraphDiff(
        added=frozenset(new.keys() - old.keys()),
        removed=frozenset(old.keys() - new.keys()),
        changed=frozenset(key for key in kept if new[key] is not old[key] and new[key] != old[key]),
        connected=after.edges - before.edges,
        disconnected=before.edges - after.edges,
    )
