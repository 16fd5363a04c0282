"""A layer's weights as images: blue below zero, red above."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.array import Array
from cnnstudio.engine.network import Network
from cnnstudio.engine.weight_key import WeightKey
from cnnstudio.graph import Graph, NodeId, Report
from cnnstudio.gui.look.array_images import filter_tiles

MAX_TILES = 32
MAX_CHANNELS = 8  # of a fully connected unit's weights, shown side by side


@dataclass(frozen=True, eq=False)
class WeightImages:
    """The first of `count` images as an array (n, H, W), and how to show them."""

    images: Array
    columns: int
    count: int
    noun: str  # what the images are, in the plural
    heading: str
    weight: str  # the name of the array


def weight_images(network: Network, graph: Graph, report: Report, node_id: NodeId) -> WeightImages | None:
    """The filters of a convolution, or each unit's weights after a flatten layer; None if they make no image."""
    arrays = network.weights.arrays
    keys = (str(WeightKey(node_id, role)) for role in ("weight", "depthwise_weight"))
    name = next((key for key in keys if key in arrays), None)
    if name is None:
        return None
    weight = arrays[name]
    if weight.ndim == 4 and min(weight.shape[2:]) > 1:
        filters = filter_tiles(weight.swapaxes(0, graph.nodes[node_id].layer.filter_axis))
        count = len(filters)
        return WeightImages(filters[:MAX_TILES].copy(), count if count <= 6 else 8, count, "filters", "Filters", name)
    maps = _maps_before(graph, report, node_id) if weight.ndim == 2 else None
    if maps is None or weight.shape[1] != maps[0] * maps[1] * maps[2] or min(maps[1:]) < 2 or maps[0] > MAX_CHANNELS:
        return None
    units = min(len(weight), MAX_TILES // maps[0])
    images = weight[:units].reshape(units * maps[0], *maps[1:]).copy()
    columns = maps[0] if maps[0] > 1 else min(units, 8)
    return WeightImages(images, columns, len(weight) * maps[0], "units", "Weights of each unit", name)


def _maps_before(graph: Graph, report: Report, node_id: NodeId) -> tuple[int, int, int] | None:
    """The shape (C, H, W) before the Flatten layer in front of this one."""
    for edge in graph.inputs(node_id):
        source = report.blocks.get(edge.source)
        if source is not None and source.only_reshapes:
            for before in graph.inputs(edge.source):
                shape = report.shape(before.source)
                if shape is not None and len(shape) == 3:
                    return shape[0], shape[1], shape[2]
    return None
