"""Problems of a graph, and their fixes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from cnnstudio.graph.graph import Graph, Node, NodeId
from cnnstudio.spec import ParamError


@dataclass(frozen=True, slots=True)
class Fix:
    """A proposed edit of the graph `base`, which removes the problem."""

    title: str
    base: Graph = field(compare=False, repr=False)
    edit: Callable[[Graph], Graph] = field(compare=False, repr=False)

    @property
    def graph(self) -> Graph:
        """The graph without the problem; made anew each time, since most fixes are never looked at."""
        return self.edit(self.base)


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
        layer = node.layer.with_params(**params)
        yield Fix(title, graph, partial(Graph.with_layer, node_id=node.id, layer=layer))
