"""Saved weights that a network cannot use, because their layer was changed after training."""

from __future__ import annotations

from collections.abc import Mapping

from cnnstudio.array import Array
from cnnstudio.engine.weight_key import WeightKey
from cnnstudio.graph import Graph, Report


def layers_with_other_weights(graph: Graph, report: Report, arrays: Mapping[str, Array]) -> list[str]:
    """The names of the layers that take weights of other shapes than those saved for them."""
    shapes = {key: array.shape for key, array in arrays.items()}
    return [
        graph.nodes[node].name
        for node, block in report.blocks.items()
        if any(shapes.get(str(WeightKey(node, weight.name)), weight.shape) != weight.shape for weight in block.weights)
    ]
