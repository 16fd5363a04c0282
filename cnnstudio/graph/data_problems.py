"""Where a graph does not fit its data, with fixes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cnnstudio.graph.data_spec import DataSpec
from cnnstudio.graph.graph import Graph, Node, NodeId
from cnnstudio.graph.mismatch import MismatchKind, find_mismatches
from cnnstudio.graph.problem import Fix, Problem, change_params
from cnnstudio.layers import format_shape
from cnnstudio.operations import Block


def data_problems(
    graph: Graph, blocks: Mapping[NodeId, Block], spec: DataSpec
) -> Iterator[tuple[MismatchKind, Problem]]:
    """Each mismatch as a problem at Input or Output."""
    start, end = next(iter(graph.input_nodes), None), next(iter(graph.output_nodes), None)
    first, last = blocks.get(start.id) if start else None, blocks.get(end.id) if end else None
    for mismatch in find_mismatches(
        spec,
        first.output_shape if first else None,
        last.output_shape if last else None,
        last.loss if last else None,
    ):
        node = start if mismatch.kind is MismatchKind.IMAGE_SHAPE else end
        if node is not None:
            fixes = tuple(_fixes(graph, blocks, node, mismatch.kind, spec))
            yield mismatch.kind, Problem(node.id, mismatch.message, fixes)


def scores_layer(graph: Graph, blocks: Mapping[NodeId, Block], output: NodeId) -> Node | None:
    """The layer whose parameter sets the number of values that reach Output; None if there is no such layer."""
    current = output
    while len(edges := graph.inputs(current)) == 1:
        current = edges[0].source
        if output not in blocks or blocks[current].output_shape != blocks[output].output_shape:
            return None
        if graph.nodes[current].layer.output_size_param:
            return graph.nodes[current]
    return None


def _fixes(
    graph: Graph, blocks: Mapping[NodeId, Block], node: Node, kind: MismatchKind, spec: DataSpec
) -> Iterator[Fix]:
    match kind:
        case MismatchKind.IMAGE_SHAPE:
            yield from change_params(graph, node, f"Set Input to {format_shape(spec.image)}", {"shape": spec.image})
        case MismatchKind.CLASSES:
            if last := scores_layer(graph, blocks, node.id):
                sized = {last.layer.output_size_param: spec.classes}
                yield from change_params(graph, last, f"Set {last.name} to {spec.classes} outputs", sized)
        case MismatchKind.CLASS_WEIGHTS:
            yield from change_params(graph, node, "Remove the class weights", {"class_weights": ()})
        case MismatchKind.TARGET_SIZE:
            yield from change_params(graph, node, "Compare with the class", {"target": "class"})
