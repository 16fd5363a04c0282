"""The command that describes a project's network."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from cnnstudio.cli.arguments import add_json, add_project
from cnnstudio.cli.command import Command
from cnnstudio.cli.streams import print_plain
from cnnstudio.cli.strict_json import strict_json
from cnnstudio.graph import Graph, Problem, Report, check
from cnnstudio.layers import format_shape
from cnnstudio.project import load


def info(options: argparse.Namespace) -> None:
    """Print every layer's output shape and cost, the totals, and the problems."""
    project = load(options.file).project
    report = check(project.graph, batch_size=project.training.settings.batch_size)
    if options.json:
        _print_json(project.graph, report)
    else:
        _print_table(project.graph, report)


def problem_lines(graph: Graph, problems: Iterable[Problem]) -> list[str]:
    """One line for each problem and warning, with the proposed fixes."""
    lines = []
    for problem in problems:
        place = f"{graph.nodes[problem.node].name}: " if problem.node else ""
        fixes = f" [{' | '.join(fix.title for fix in problem.fixes)}]" if problem.fixes else ""
        lines.append(f"{'warning' if problem.warning else 'problem'}: {place}{problem.message}{fixes}")
    return lines


def _print_json(graph: Graph, report: Report) -> None:
    layers = []
    for node_id in graph.order() or tuple(graph.nodes):
        node, block = graph.nodes[node_id], report.blocks.get(node_id)
        layers.append(
            {
                "id": node_id,
                "kind": node.layer.kind,
                "name": node.name,
                "output_shape": list(block.output_shape) if block else None,
                "parameters": block.parameters if block else None,
                "multiply_adds": block.macs if block else None,
            }
        )
    problems = [
        {"layer": p.node, "message": p.message, "warning": p.warning, "repairs": [fix.title for fix in p.fixes]}
        for p in report.problems
    ]
    totals = {"parameters": report.parameters, "multiply_adds": report.macs, "problems": problems}
    print(strict_json({"layers": layers, **totals}, indent=1))


def _print_table(graph: Graph, report: Report) -> None:
    for node_id in graph.order() or tuple(graph.nodes):
        node, block = graph.nodes[node_id], report.blocks.get(node_id)
        costs = f"{block.parameters:>13,} {block.macs:>15,}" if block else ""
        shape = format_shape(block.output_shape) if block else "?"
        print_plain(f"{node.name:16} {node.layer.title:24} {node.layer.summary():24} {shape:18} {costs}")
    print_plain(f"{report.parameters:,} parameters, {report.macs:,} MACs per image")
    for line in problem_lines(graph, report.problems):
        print_plain(line)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_project(parser)
    add_json(parser)


COMMAND = Command("info", "print shape, parameters and problems of every layer", _add_arguments, info)
