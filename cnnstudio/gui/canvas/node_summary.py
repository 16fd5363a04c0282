"""What a node shows besides its preview: a value derived from the graph and its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnstudio.graph import Graph, Node, NodeId, Problem, Report
from cnnstudio.graph.signed_values import signed_nodes
from cnnstudio.gui.look.array_images import MAX_TILES
from cnnstudio.gui.look.number_format import format_count, format_short
from cnnstudio.layers import format_shape
from cnnstudio.operations import Block, Shape

MAX_LISTED_CLASSES = 10  # up to this many classes, Output lists its scores by name
MAX_SUBTITLE = 10  # characters of a layer's summary that still fit beside its name
EXACT_BELOW = 100_000  # larger parameter counts are abbreviated


@dataclass(frozen=True, slots=True)
class NodeSummary:
    """The text and numbers on a node. `message` is its first problem, `more` the number of further ones."""

    name: str
    subtitle: str
    role: str
    parameters: str
    caption: str
    shape: Shape | None
    shows_image: bool
    lists_scores: bool
    signed: bool
    input_ports: int
    has_output: bool
    message: str
    more: int
    warning: bool
    fixable: bool


class NodeSummaries:
    """Every node's summary; `update` recomputes only those whose inputs have changed."""

    def __init__(self) -> None:
        self._known: dict[NodeId, tuple[tuple[object, ...], NodeSummary]] = {}

    def __getitem__(self, node_id: NodeId) -> NodeSummary:
        return self._known[node_id][1]

    def update(self, graph: Graph, report: Report) -> list[NodeId]:
        """Summarize this graph and report; returns the nodes whose summary has changed."""
        signed = signed_nodes(graph)
        problems: dict[NodeId | None, list[Problem]] = {}
        for problem in report.problems:
            problems.setdefault(problem.node, []).append(problem)
        before, self._known, changed = self._known, {}, []
        for node_id, node in graph.nodes.items():
            own = problems.get(node_id, [])
            block, ports = report.blocks.get(node_id), _port_count(graph, node)
            shown = [(problem.message, problem.warning, bool(problem.fixes)) for problem in own]
            inputs = (node.layer, node.name, block, node_id in signed, ports, shown)
            old_inputs, old = before.get(node_id, ((), None))
            if old is not None and _same(old_inputs, inputs):
                self._known[node_id] = (old_inputs, old)
                continue
            summary = _summarize(node, block, node_id in signed, ports, own)
            self._known[node_id] = (inputs, summary)
            if summary != old:
                changed.append(node_id)
        return changed


def problems_of(report: Report, node_id: NodeId) -> list[Problem]:
    """The node's problems, warnings last."""
    found = [problem for problem in report.problems if problem.node == node_id]
    return sorted(found, key=lambda problem: problem.warning)


def node_tooltip(graph: Graph, report: Report, node_id: NodeId) -> str:
    """A node's tooltip: its layer, output shape, parameters and MACs."""
    node, block = graph.nodes[node_id], report.blocks.get(node_id)
    if block is None:
        return f"{node.layer.title}: shape not known yet."
    parts = [f"{node.layer.title}: {format_shape(block.output_shape)}"]
    if block.parameters:
        parts.append(f"{format_count(block.parameters)} parameters")
    if block.macs:
        parts.append(f"{format_count(block.macs)} MACs per image")
    return ", ".join(parts) + "."


def _same(before: tuple[object, ...], after: tuple[object, ...]) -> bool:
    """Whether inputs are the same objects; the problems, which come last, are compared by value."""
    return all(old is new for old, new in zip(before[:-1], after[:-1], strict=True)) and before[-1] == after[-1]


def _summarize(node: Node, block: Block | None, signed: bool, ports: int, problems: Sequence[Problem]) -> NodeSummary:
    layer = node.layer
    shape = block.output_shape if block else None
    text = layer.summary()
    subtitle = text if len(text) <= MAX_SUBTITLE else ""
    first = min(problems, key=lambda problem: problem.warning, default=None)
    return NodeSummary(
        name=node.name,
        subtitle=subtitle,
        role=layer.role,
        parameters=_write_parameters(block.parameters) if block else "",
        caption=_caption(shape, "" if subtitle == text else text, is_input=layer.is_input),
        shape=shape,
        shows_image=layer.is_input,
        lists_scores=_lists_scores(block),
        signed=signed,
        input_ports=ports,
        has_output=not layer.is_output,
        message=first.message if first else "",
        more=max(len(problems) - 1, 0),
        warning=first is not None and first.warning,
        fixable=any(problem.fixes for problem in problems),
    )


def _caption(shape: Shape | None, text: str, *, is_input: bool) -> str:
    """The text or else the shape, and how many of the feature maps are shown, unless it is all of them."""
    caption = text or (format_shape(shape) if shape else "shape unknown")
    if shape is None or len(shape) != 3 or shape[0] <= MAX_TILES or is_input:
        return caption
    return f"{caption} · {MAX_TILES} of {shape[0]} maps"


def _lists_scores(block: Block | None) -> bool:
    """Whether this is the output of a classifier with few classes."""
    if block is None or block.loss is None or not block.loss.is_classification:
        return False
    return len(block.output_shape) == 1 and block.output_shape[0] <= MAX_LISTED_CLASSES


def _port_count(graph: Graph, node: Node) -> int:
    """How many input ports to show: one more than are connected for a layer that takes several inputs."""
    least, most = node.layer.inputs
    taken = max((edge.port + 1 for edge in graph.inputs(node.id)), default=0)
    return min(most, max(taken + 1, least)) if most > 1 else most


def _write_parameters(count: int) -> str:
    if not count:
        return ""
    return format_count(count) if count < EXACT_BELOW else format_short(count)
