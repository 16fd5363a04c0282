"""Where a layer is added if no place is chosen: as late as it fits, but before the layer that computes the scores."""

from __future__ import annotations

from itertools import islice

from cnnstudio.graph.check import check
from cnnstudio.graph.data_spec import DataSpec
from cnnstudio.graph.edit import append
from cnnstudio.graph.graph import Graph, NodeId
from cnnstudio.layers import Layer, ShapeError, lower
from cnnstudio.layers.weighted import WeightedLayer
from cnnstudio.operations import Shape

ATTEMPTS = 8  # places at which the whole network is checked


def insertion_point(graph: Graph, layer: Layer, data: DataSpec | None) -> NodeId | None:
    """The node to add the layer after; None if there is none.

    Between the scores and Output, a layer would change what the network predicts. So it follows the last layer before
    the scores at which it causes no new problem: a convolution the last feature map before Flatten, an activation the
    last hidden layer. Where it causes one everywhere, it is added just before the scores.
    """
    places = _places(graph)
    if not places or layer.is_input or layer.is_output or layer.inputs[0] > 1:
        return _end(graph)
    report = check(graph, data)
    fitting = (node_id for node_id in places if _accepts(layer, report.shape(node_id)))
    for node_id in islice(fitting, ATTEMPTS):
        extended, _ = append(graph, layer, node_id, (0.0, 0.0))
        if len(check(extended, data).problems) <= len(report.problems):
            return node_id
    return places[0]


def _accepts(layer: Layer, shape: Shape | None) -> bool:
    if shape is None:
        return True
    try:
        lower(layer, shape)
    except ShapeError:
        return False
    return True


def _places(graph: Graph) -> list[NodeId]:
    """The nodes before the scores layer, from the last to the first, as far as the chain does not branch."""
    places: list[NodeId] = []
    current = next((output.id for output in graph.output_nodes), None)
    if graph.order() is None:
        return places
    scores_found = False
    while current is not None:
        edges = graph.inputs(current)
        scores_found = scores_found or isinstance(graph.nodes[current].layer, WeightedLayer)
        current = edges[0].source if len(edges) == 1 else None
        if current is not None and scores_found and len(graph.outputs(current)) == 1:
            places.append(current)
    return places


def _end(graph: Graph) -> NodeId | None:
    """The node before Output, else the last one."""
    for output in graph.output_nodes:
        for edge in graph.inputs(output.id):
            return edge.source
    order = graph.order() or tuple(graph.nodes)
    return next((key for key in reversed(order) if not graph.nodes[key].layer.is_output), None)
