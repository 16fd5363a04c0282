"""Problems of a graph, and their fixes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from cnnstudio.graph.graph import Graph, Node, NodeId
from cnnstudio.spec import ParamError


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


def change_params(graph: Graph, node: Node, title: str, params: Mapping[str, object]) -> Iterator[Fix]:
    """The fix that sets these parameters, if the values are valid."""
    with suppress(ParamError):
        yield Fix(title, graph.with_layer(node.id, node.layer.with_params(**params)))
