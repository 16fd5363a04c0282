"""A checked graph lowered to a short program: instructions on numbered values, and the weights they use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from cnnstudio.engine.weight_key import WeightKey
from cnnstudio.graph import Graph, NodeId, Report, check
from cnnstudio.operations import (
    Dropout,
    GaussianNoise,
    Instruction,
    Loss,
    Shape,
    Weight,
)
from cnnstudio.user_error import UserError


class NetworkError(UserError):
    """A network that cannot be built; the message says what is wrong and how to fix it."""


@dataclass(frozen=True)
class Program:
    """What an engine runs.

    Values are numbered; `shapes[number]` is the shape of one sample. `output` is the network's prediction, `scores`
    what the loss is computed from (for softmax, the logits before it). `nodes` maps each layer to its output.
    A program of an incomplete network, which has no Output yet, has no loss and predicts nothing.
    """

    shapes: tuple[Shape, ...]
    instructions: tuple[Instruction, ...]
    weights: Mapping[str, Weight]
    input: int
    output: int
    scores: int
    loss: Loss | None
    nodes: Mapping[NodeId, int]

    def until(self, *values: int) -> Program:
        """Only the instructions that these values depend on."""
        needed = set(values)
        steps = []
        for step in reversed(self.instructions):
            if step.output in needed:
                steps.append(step)
                needed.update(step.inputs)
        used = {key for step in steps for key in step.weights.values()}
        weights = {key: weight for key, weight in self.weights.items() if key in used}
        return replace(self, instructions=tuple(reversed(steps)), weights=weights)

    def for_inference(self) -> Program:
        """The program for inference mode, without the operations that act only in training."""
        alias: dict[int, int] = {}
        steps = []
        for step in self.instructions:
            inputs = tuple(alias.get(number, number) for number in step.inputs)
            if isinstance(step.operation, Dropout | GaussianNoise):
                alias[step.output] = inputs[0]
            else:
                steps.append(replace(step, inputs=inputs))
        nodes = {node: alias.get(number, number) for node, number in self.nodes.items()}
        output, scores = alias.get(self.output, self.output), alias.get(self.scores, self.scores)
        return replace(self, instructions=tuple(steps), nodes=nodes, output=output, scores=scores)

    def consumers(self) -> dict[int, list[int]]:
        """For each value, the indices of the instructions that read it."""
        found: dict[int, list[int]] = {}
        for index, step in enumerate(self.instructions):
            for number in step.inputs:
                found.setdefault(number, []).append(index)
        return found

    @property
    def macs(self) -> int:
        """Multiply-accumulate operations (MACs) of one forward pass, per sample."""
        return sum(step.operation.macs(*(self.shapes[number] for number in step.inputs)) for step in self.instructions)

    @property
    def classes(self) -> int | None:
        """The number of classes, or None where the loss does not classify."""
        shape = self.shapes[self.scores]
        return shape[0] if self.is_classification else None

    @property
    def is_classification(self) -> bool:
        """Whether the largest score is the predicted class."""
        return self.loss is not None and self.loss.is_classification

    def require_loss(self) -> Loss:
        """The loss. Raises NetworkError for an incomplete network, which has none."""
        if self.loss is None:
            raise NetworkError("This network has no Output layer, so it has no loss; add one.")
        return self.loss


def compile_graph(graph: Graph, report: Report | None = None) -> Program:
    """Lower every layer that the output depends on. Raises NetworkError, which names the first problem."""
    report = report or check(graph)
    if not report.ok:
        raise NetworkError(_first_problem(graph, report))
    made = _lower(graph, report, graph.order() or ())
    start = made.nodes[graph.input_nodes[0].id]
    program = Program(
        tuple(made.shapes),
        tuple(made.steps),
        made.weights,
        start,
        output=made.output,
        scores=made.scores,
        loss=made.loss,
        nodes=made.nodes,
    )
    if start not in program.until(program.output).consumers() and program.output != start:
        raise NetworkError("Nothing leads from Input to Output; connect them through your layers.")
    return program


def compile_incomplete(graph: Graph, report: Report) -> Program | None:
    """The layers of a network under construction that can be computed so far, to show their feature maps.

    The program has no loss. None where there is no Input or the graph has a loop.
    """
    starts = graph.input_nodes
    order = graph.order()
    if not starts or order is None:
        return None
    fed = {starts[0].id}
    for node_id in order:
        edges = graph.inputs(node_id)
        if edges and node_id in report.blocks and all(edge.source in fed for edge in edges):
            fed.add(node_id)
    lowered = _lower(graph, report, [node_id for node_id in order if node_id in fed])
    start = lowered.nodes[starts[0].id]
    return Program(
        tuple(lowered.shapes),
        tuple(lowered.steps),
        lowered.weights,
        start,
        output=start,
        scores=start,
        loss=None,
        nodes=lowered.nodes,
    )


@dataclass
class _Lowered:
    """Blocks joined under one numbering of values."""

    shapes: list[Shape] = field(default_factory=list)
    steps: list[Instruction] = field(default_factory=list)
    weights: dict[str, Weight] = field(default_factory=dict)
    nodes: dict[NodeId, int] = field(default_factory=dict)
    loss: Loss | None = None
    scores: int = -1
    output: int = -1


def _lower(graph: Graph, report: Report, order: Iterable[NodeId]) -> _Lowered:
    made = _Lowered()
    for node_id in order:
        block = report.blocks[node_id]
        sources = [made.nodes[edge.source] for edge in graph.inputs(node_id)]
        numbers = dict(enumerate(sources))
        for local in range(len(sources), len(block.shapes)):
            numbers[local] = len(made.shapes)
            made.shapes.append(block.shapes[local])
        for step in block.instructions:
            roles = {role: str(WeightKey(node_id, name)) for role, name in step.weights.items()}
            inputs = tuple(numbers[local] for local in step.inputs)
            made.steps.append(Instruction(step.operation, inputs, numbers[step.output], roles))
        made.weights |= {str(WeightKey(node_id, weight.name)): weight for weight in block.weights}
        made.nodes[node_id] = numbers[block.output]
        if block.loss is not None and block.scores is not None:
            made.loss, made.scores, made.output = block.loss, numbers[block.scores], made.nodes[node_id]
    return made


def _first_problem(graph: Graph, report: Report) -> str:
    errors = [problem for problem in report.problems if not problem.warning]
    first = errors[0]
    place = f"{graph.nodes[first.node].name}: " if first.node else ""
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{place}{first.message}{more}"


def depends_on(program: Program, sources: Iterable[int]) -> set[int]:
    """The values that change when any of the sources does."""
    reached = set(sources)
    for step in program.instructions:
        if reached & set(step.inputs):
            reached.add(step.output)
    return reached
