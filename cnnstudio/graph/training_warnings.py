"""Warnings of networks that can be built but train badly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from cnnstudio.graph.edit import remove_and_reconnect
from cnnstudio.graph.graph import Graph, NodeId
from cnnstudio.graph.problem import Fix, Problem
from cnnstudio.layers.normalization import LayerNormalizationLayer
from cnnstudio.operations import BatchNormalization, Block, Operation, elements


def training_warnings(graph: Graph, blocks: Mapping[NodeId, Block], batch_size: int | None) -> Iterator[Problem]:
    """Warn about layers that repeat what the loss does, and about batch norm that has nothing to normalize over."""
    for output in graph.output_nodes:
        loss = blocks[output.id].loss if output.id in blocks else None
        if loss is not None and loss.prediction is not None:
            yield from _repeated_prediction(graph, blocks, output.id, loss.prediction)
    if batch_size == 1:
        for node_id, block in blocks.items():
            if _normalizes_single_values(block):
                yield _single_value_problem(graph, node_id)


def _repeated_prediction(
    graph: Graph, blocks: Mapping[NodeId, Block], output: NodeId, prediction: Operation
) -> Iterator[Problem]:
    """Warn where what the loss applies to the scores was applied to them before."""
    current = output
    while len(edges := graph.inputs(current)) == 1:
        current = edges[0].source
        node, block = graph.nodes[current], blocks[current]
        if block.instructions and block.instructions[-1].operation == prediction:
            message = (
                f"{node.layer.title} is applied twice, because {graph.nodes[output].name} applies it to the scores as "
                "part of the loss. Training is then slow, and the loss stays far above zero."
            )
            fix = Fix(f"Remove {node.name}", graph, partial(remove_and_reconnect, ids=[current]))
            yield Problem(current, message, (fix,), warning=True)
            return
        if not block.only_reshapes:
            return


def _normalizes_single_values(block: Block) -> bool:
    return any(
        isinstance(step.operation, BatchNormalization)
        and not step.operation.frozen
        and elements(block.shapes[step.inputs[0]][1:]) == 1
        for step in block.instructions
    )


def _single_value_problem(graph: Graph, node_id: NodeId) -> Problem:
    node = graph.nodes[node_id]
    message = (
        "With a batch size of 1, each channel has a single value, which batch norm always turns into zero, so that "
        "the layers before it cannot learn. Set a larger batch size, or use layer norm."
    )
    layer = LayerNormalizationLayer()
    fix = Fix(f"Replace {node.name} with {layer.title}", graph, partial(Graph.with_layer, node_id=node_id, layer=layer))
    return Problem(node_id, message, (fix,), warning=True)
