"""What a node shows besides its values: told from the graph and its report, so that two states can be compared."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.graph import Graph, Node, NodeId, Problem, Report
from cnnstudio.graph.edit import gives_output
from cnnstudio.graph.signs import signed_nodes
from cnnstudio.gui.words import write_count, write_large
from cnnstudio.layers import write_shape
from cnnstudio.operations import Shape

MOST_VOTES = 10  # classes up to which Output lists its votes by name
LONGEST_SUMMARY = 10  # letters of a summary that stands beside the name
IN_FULL = 1_000_000  # below this many, parameters are counted to the last


@dataclass(frozen=True, slots=True)
class Face:
    """The words and numbers on a node. `message` is its first problem, `more` how many there are besides."""

    name: str
    summary: str
    role: str
    parameters: str
    caption: str
    shape: Shape | None
    votes: bool
    signed: bool
    ports: int
    gives: bool
    message: str
    more: int
    warning: bool
    mendable: bool
    tip: str


def faces_of(graph: Graph, report: Report) -> dict[NodeId, Face]:
    """Every node's face."""
    signed = signed_nodes(graph)
    problems: dict[NodeId, list[Problem]] = {}
    for problem in report.problems:
        if problem.node is not None:
            problems.setdefault(problem.node, []).append(problem)
    return {
        node_id: _face(graph, report, node, node_id in signed, problems.get(node_id, ()))
        for node_id, node in graph.nodes.items()
    }


def problems_of(report: Report, node_id: NodeId) -> list[Problem]:
    """The node's problems, warnings last."""
    found = [problem for problem in report.problems if problem.node == node_id]
    return sorted(found, key=lambda problem: problem.warning)


def _face(
    graph: Graph, report: Report, node: Node, signed: bool, problems: list[Problem] | tuple[Problem, ...]
) -> Face:
    layer, block = node.layer, report.blocks.get(node.id)
    shape = block.output_shape if block else None
    words = layer.summary()
    beside = words if len(words) <= LONGEST_SUMMARY else ""
    size = write_shape(shape) if shape else "no shape yet"
    first = min(problems, key=lambda problem: problem.warning, default=None)
    return Face(
        name=node.name,
        summary=beside,
        role=layer.role,
        parameters=_write_parameters(block.parameters) if block else "",
        caption=size if beside == words else words,
        shape=shape,
        votes=layer.kind == "output" and shape is not None and len(shape) == 1 and shape[0] <= MOST_VOTES,
        signed=signed,
        ports=_port_count(graph, node),
        gives=gives_output(layer),
        message=first.message if first else "",
        more=max(len(problems) - 1, 0),
        warning=first is not None and first.warning,
        mendable=any(problem.repairs for problem in problems),
        tip=_tip(node, report, size),
    )


def _port_count(graph: Graph, node: Node) -> int:
    """How many input ports are shown: one more than are taken where a layer can have several."""
    least, most = node.layer.inputs
    taken = max((edge.port + 1 for edge in graph.inputs(node.id)), default=0)
    return min(most, max(taken + 1, least)) if most > 1 else most


def _write_parameters(count: int) -> str:
    if not count:
        return ""
    return write_count(count) if count < IN_FULL else write_large(count)


def _tip(node: Node, report: Report, size: str) -> str:
    block = report.blocks.get(node.id)
    parts = [f"{node.layer.title}: {size}"]
    if block and block.parameters:
        parts.append(f"{write_count(block.parameters)} parameters")
    if block and block.multiply_adds:
        parts.append(f"{write_count(block.multiply_adds)} multiply-adds a picture")
    return ", ".join(parts) + "."
