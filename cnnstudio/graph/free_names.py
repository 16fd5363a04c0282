"""Names for new layers."""

from __future__ import annotations

from collections.abc import Collection

from cnnstudio.graph.graph import Graph, NodeId
from cnnstudio.layers import Layer


class FreeNames:
    """Names that no id and no name of a graph has yet: a layer's prefix with the lowest number, `conv1`, `conv2`.

    Layers that are rarely needed twice (Input, Output, Flatten) get no number at first. Ids in `spent` and names that
    were taken are not given again.
    """

    def __init__(self, graph: Graph, spent: Collection[NodeId] = ()) -> None:
        self._taken = {*graph.nodes, *spent, *(node.name for node in graph.nodes.values())}
        self._lowest: dict[str, int] = {}  # by prefix: all lower numbers are taken

    def find(self, layer: Layer) -> str:
        """A free name for the layer."""
        prefix = layer.prefix
        if not layer.numbered and prefix not in self._taken:
            return prefix
        number = self._lowest.get(prefix, 1)
        while f"{prefix}{number}" in self._taken:
            number += 1
        self._lowest[prefix] = number
        return f"{prefix}{number}"

    def take(self, layer: Layer) -> str:
        """A free name for the layer, which is taken from now on."""
        name = self.find(layer)
        self._taken.add(name)
        return name
