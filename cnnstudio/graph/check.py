"""Shape inference and validation of a graph: a pure function, called after every edit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial

from cnnstudio.graph.data_problems import data_problems
from cnnstudio.graph.data_spec import DataSpec
from cnnstudio.graph.edit import insert
from cnnstudio.graph.free_names import FreeNames
from cnnstudio.graph.graph import Graph, Node, NodeId
from cnnstudio.graph.problem import Fix, Problem, change_params
from cnnstudio.graph.training_warnings import training_warnings
from cnnstudio.layers import LAYERS, LayerFix, ShapeError, lower
from cnnstudio.operations import Block, Shape
from cnnstudio.spec import ParamError


@dataclass(frozen=True)
class Report:
    """The result of `check`: the lowered layers whose shapes are known, and the problems."""

    blocks: dict[NodeId, Block]
    problems: tuple[Problem, ...]

    @cached_property
    def ok(self) -> bool:
        """Whether the network can be built; warnings do not prevent it."""
        return all(problem.warning for problem in self.problems)

    def shape(self, node_id: NodeId) -> Shape | None:
        """The output shape of the node, if known."""
        block = self.blocks.get(node_id)
        return block.output_shape if block else None

    @cached_property
    def parameters(self) -> int:
        """Trainable parameters of all layers whose shapes are known."""
        return sum(block.parameters for block in self.blocks.values())

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulate operations (MACs) per image of all layers whose shapes are known."""
        return sum(block.macs for block in self.blocks.values())


def check(graph: Graph, spec: DataSpec | None = None, batch_size: int | None = None) -> Report:
    """Infer all output shapes that can be inferred, and report why others cannot and what would train badly."""
    order = graph.order()
    if order is None:
        loop = graph.loop()
        names = " → ".join(graph.nodes[key].name for key in (*loop, loop[0]))
        message = (
            f"The layers form a loop: {names}. Remove one of its connections; data must flow from Input to Output."
        )
        return Report({}, (Problem(loop[0], message),))
    blocks: dict[NodeId, Block] = {}
    problems = list(_end_problems(graph))
    for node_id in order:
        problems += _check_node(graph, node_id, blocks)
    problems += _name_problems(graph)
    problems += _idle_problems(graph)
    problems += training_warnings(graph, blocks, batch_size)
    if spec is not None:
        problems += (problem for _, problem in data_problems(graph, blocks, spec))
    return Report(blocks, tuple(problems))


def _end_problems(graph: Graph) -> Iterator[Problem]:
    for title, nodes, purpose in (
        ("Input", graph.input_nodes, "images enter the network there"),
        ("Output", graph.output_nodes, "it sets the loss and what the network predicts"),
    ):
        if not nodes:
            yield Problem(None, f"The network has no {title} layer. Add one; {purpose}.")
        for node in nodes[1:]:
            fix = Fix(f"Remove {node.name}", graph, partial(Graph.without, ids=[node.id]))
            yield Problem(node.id, f"There is a second {title} layer; a network has only one.", (fix,))


def _check_node(graph: Graph, node_id: NodeId, blocks: dict[NodeId, Block]) -> Iterator[Problem]:
    """Lower the node into `blocks`, or report why that is impossible."""
    node, edges = graph.nodes[node_id], graph.inputs(node_id)
    least, most = node.layer.inputs
    if len(edges) < least:
        missing = "an input" if least == 1 else f"{least} inputs, has {len(edges)}"
        yield Problem(node_id, f"Needs {missing}: drag from the output of another layer to its input.")
        return
    if len(edges) > most:
        yield Problem(node_id, f"Takes {most} input{'s' * (most != 1)}, has {len(edges)}: remove a connection.")
        return
    if not all(edge.source in blocks for edge in edges):
        return
    try:
        blocks[node_id] = lower(node.layer, *(blocks[edge.source].output_shape for edge in edges))
    except ShapeError as error:
        fixes = tuple(fix for layer_fix in error.fixes for fix in _fixes(graph, node, layer_fix))
        yield Problem(node_id, str(error), fixes)


def _fixes(graph: Graph, node: Node, fix: LayerFix) -> Iterator[Fix]:
    if not fix.insert:
        yield from change_params(graph, node, fix.title, fix.params)
        return
    edge = graph.inputs(node.id)[0]
    before = graph.nodes[edge.source].position
    middle = ((before[0] + node.position[0]) / 2, (before[1] + node.position[1]) / 2)
    with suppress(ParamError):
        layer = LAYERS[fix.insert](**fix.params)
        yield Fix(fix.title, graph, lambda base: insert(base, layer, edge, middle)[0])


def _name_problems(graph: Graph) -> Iterator[Problem]:
    seen: set[str] = set()
    if len({node.name for node in graph.nodes.values()}) == len(graph.nodes):
        return
    names = FreeNames(graph)
    for node in graph.nodes.values():
        if node.name in seen:
            name = names.find(node.layer)
            fix = Fix(f"Rename it to {name}", graph, partial(Graph.with_name, node_id=node.id, name=name))
            yield Problem(node.id, f"Another layer is also named {node.name}; names must be unique.", (fix,))
        seen.add(node.name)


def _idle_problems(graph: Graph) -> Iterator[Problem]:
    """Warn about the ends of branches that do not reach the Output layer."""
    outputs = graph.output_nodes
    if not outputs:
        return
    useful: set[NodeId] = set()
    waiting = [node.id for node in outputs]
    while waiting:
        current = waiting.pop()
        if current not in useful:
            useful.add(current)
            waiting += [edge.source for edge in graph.inputs(current)]
    for node_id, node in graph.nodes.items():
        is_end = not graph.outputs(node_id) and len(graph.inputs(node_id)) >= node.layer.inputs[0]
        if is_end and node_id not in useful:
            message = "Has no effect, because it does not lead to the Output layer. Connect its output."
            yield Problem(node_id, message, warning=True)
