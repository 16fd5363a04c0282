"""Fitting a graph to its data: Input takes the shape of the images, the last layer the number of classes."""

from __future__ import annotations

from contextlib import suppress

from cnnstudio.graph.check import check
from cnnstudio.graph.data_problems import data_problems, scores_layer
from cnnstudio.graph.data_spec import DataSpec
from cnnstudio.graph.diff import diff
from cnnstudio.graph.graph import Graph, NodeId
from cnnstudio.graph.mismatch import MismatchKind
from cnnstudio.layers import format_shape
from cnnstudio.spec import ParamError


def fit_to_data(graph: Graph, data: DataSpec) -> Graph:
    """The graph with the shape and number of classes of the data; the same graph if that leaves it with problems."""
    fitted = graph
    for kind in (MismatchKind.IMAGE_SHAPE, MismatchKind.CLASSES):
        for found, problem in data_problems(fitted, check(fitted).blocks, data):
            if found is kind and problem.fixes:
                fitted = problem.fixes[0].graph
                break
    return fitted if check(fitted, data).ok else graph


def fit_layer(graph: Graph, node_id: NodeId, data: DataSpec) -> Graph:
    """The graph with a layer that was just added set to the data, if that is Input or the last one with outputs."""
    layer = graph.nodes[node_id].layer
    params: dict[str, object] = {}
    if layer.is_input:
        params = {"shape": data.image}
    elif layer.output_size_param and _is_last(graph, node_id):
        params = {layer.output_size_param: data.classes}
    with suppress(ParamError):
        return graph.with_layer(node_id, layer.with_params(**params)) if params else graph
    return graph


def _is_last(graph: Graph, node_id: NodeId) -> bool:
    """Whether the layer sets the number of values that reach Output or, without Output, nothing follows it."""
    outputs = graph.output_nodes
    last = scores_layer(graph, check(graph).blocks, outputs[0].id) if outputs else None
    return last.id == node_id if last else not graph.outputs(node_id)


def describe_fit(before: Graph, fitted: Graph) -> str:
    """What `fit_to_data` changed: `Input takes 3 × 32 × 32, fc8 has 10 outputs`."""
    parts = []
    for node_id in sorted(diff(before, fitted).changed, key=list(fitted.nodes).index):
        node = fitted.nodes[node_id]
        if node.layer.is_input:
            parts.append(f"{node.name} takes {format_shape(check(fitted).blocks[node_id].output_shape)}")
        else:
            parts.append(f"{node.name} has {getattr(node.layer, node.layer.output_size_param)} outputs")
    return ", ".join(parts)
