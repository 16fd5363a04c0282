"""The differences between two graphs, by id: what a view must update."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.graph.graph import Edge, Graph, NodeId


@dataclass(frozen=True, slots=True)
class GraphDiff:
    """The nodes (by id) and edges that were added, removed or changed."""

    added: frozenset[NodeId]
    removed: frozenset[NodeId]
    changed: frozenset[NodeId]
    connected: frozenset[Edge]
    disconnected: frozenset[Edge]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.connected or self.disconnected)


def diff(before: Graph, after: Graph) -> GraphDiff:
    """The changes from one graph to another."""
    old, new = before.nodes, after.nodes
    kept = new.keys() & old.keys()
    return GraphDiff(
        added=frozenset(new.keys() - old.keys()),
        removed=frozenset(old.keys() - new.keys()),
        changed=frozenset(key for key in kept if new[key] is not old[key] and new[key] != old[key]),
        connected=after.edges - before.edges,
        disconnected=before.edges - after.edges,
    )
