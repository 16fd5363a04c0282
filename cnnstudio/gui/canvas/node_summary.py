"""What a node shows besides its values: told from the graph and its report, so that two states can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnstudio.graph import Graph, Node, NodeId, Problem, Report
from cnnstudio.graph.signed_values import signed_nodes
from cnnstudio.gui.look.number_format import format_count, format_short
from cnnstudio.layers import format_shape
from cnnstudio.operations import Block, Shape

MOST_VOTES = 10  # classes up to which Output lists its votes by name
LONGEST_SUMMARY = 10  # letters of a summary that stands beside the name
IN_FULL = 100_000  # below this many, parameters are counted to the last


@dataclass(frozen=True, slots=True)
class Face:
    """The words and numbers on a node. `message` is its first problem, `more` how many there are besides."""

    name: str
    summary: str
    role: str
    parameters: str
    caption: str
    shape: Shape | None
    shows_image: bool
    votes: bool
    signed: bool
    ports: int
    gives: bool
    message: str
    more: int
    warning: bool
    fixable: bool


class Faces:
    """Every node's face; only those whose grounds changed are made anew."""

    def __init__(self) -> None:
        self._known: dict[NodeId, tuple[tuple[object, ...], Face]] = {}

    def __getitem__(self, node_id: NodeId) -> Face:
        return self._known[node_id][1]

    def follow(self, graph: Graph, report: Report) -> list[NodeId]:
        """Tell the faces from this graph and report; returns the nodes whose face is another one now."""
        signed = signed_nodes(graph)
        problems: dict[NodeId | None, list[Problem]] = {}
        for problem in report.problems:
            problems.setdefault(problem.node, []).append(problem)
        before, self._known, changed = self._known, {}, []
        for node_id, node in graph.nodes.items():
            own = problems.get(node_id, [])
            block, ports = report.blocks.get(node_id), _port_count(graph, node)
            grounds = (node.layer, node.name, block, node_id in signed, ports, own)
            old_grounds, old = before.get(node_id, ((), None))
            if old is not None and _same(old_grounds, grounds):
                self._known[node_id] = (old_grounds, old)
                continue
            face = _face(node, block, node_id in signed, ports, own)
            self._known[node_id] = (grounds, face)
            if face != old:
                changed.append(node_id)
        return changed


def problems_of(report: Report, node_id: NodeId) -> list[Problem]:
    """The node's problems, warnings last."""
    found = [problem for problem in report.problems if problem.node == node_id]
    return sorted(found, key=lambda problem: problem.warning)


def tip_of(graph: Graph, report: Report, node_id: NodeId) -> str:
    """What a node says of itself in one sentence."""
    node, block = graph.nodes[node_id], report.blocks.get(node_id)
    if block is None:
        return f"{node.layer.title}: no shape yet."
    parts = [f"{node.layer.title}: {format_shape(block.output_shape)}"]
    if block.parameters:
        parts.append(f"{format_count(block.parameters)} parameters")
    if block.macs:
        parts.append(f"{format_count(block.macs)} multiply-adds an image")
    return ", ".join(parts) + "."


def _same(before: tuple[object, ...], after: tuple[object, ...]) -> bool:
    """Whether two grounds are made of the same things; problems, the last of them, are compared by what they say."""
    return all(old is new for old, new in zip(before[:-1], after[:-1], strict=True)) and before[-1] == after[-1]


def _face(node: Node, block: Block | None, signed: bool, ports: int, problems: Sequence[Problem]) -> Face:
    layer = node.layer
    shape = block.output_shape if block else None
    words = layer.summary()
    beside = words if len(words) <= LONGEST_SUMMARY else ""
    first = min(problems, key=lambda problem: problem.warning, default=None)
    return Face(
        name=node.name,
        summary=beside,
        role=layer.role,
        parameters=_write_parameters(block.parameters) if block else "",
        caption=(format_shape(shape) if shape else "no shape yet") if beside == words else words,
        shape=shape,
        shows_image=layer.is_input,
        votes=layer.is_output and shape is not None and len(shape) == 1 and shape[0] <= MOST_VOTES,
        signed=signed,
        ports=ports,
        gives=not layer.is_output,
        message=first.message if first else "",
        more=max(len(problems) - 1, 0),
        warning=first is not None and first.warning,
        fixable=any(problem.fixes for problem in problems),
    )


def _port_count(graph: Graph, node: Node) -> int:
    """How many input ports are shown: one more than are taken where a layer can have several."""
    least, most = node.layer.inputs
    taken = max((edge.port + 1 for edge in graph.inputs(node.id)), default=0)
    return min(most, max(taken + 1, least)) if most > 1 else most


def _write_parameters(count: int) -> str:
    if not count:
        return ""
    return format_count(count) if count < IN_FULL else format_short(count)
