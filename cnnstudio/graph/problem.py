"""Problems of a graph, and their fixes."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.graph.graph import Graph, NodeId


@dataclass(frozen=True, slots=True)
class Fix:
    """A proposed graph without the problem."""

    title: str
    graph: Graph


@dataclass(frozen=True, slots=True)
class Problem:
    """What prevents the network from being built, or only looks wrong (`warning`); at one node, or at none."""

    node: NodeId | None
    message: str
    fixes: tuple[Fix, ...] = ()
    warning: bool = False
