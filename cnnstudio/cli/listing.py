"""Commands that tell what there is: templates, projects, data, devices."""

from __future__ import annotations

import argparse

from cnnstudio.cli.json_text import json_text
from cnnstudio.data import SPLITS, open_dataset
from cnnstudio.engine.device_selection import devices as list_devices
from cnnstudio.graph import Graph, check
from cnnstudio.layers import format_shape
from cnnstudio.project import TEMPLATES, load, new_project, save


def templates(options: argparse.Namespace) -> None:
    """Name, title, input shape and parameters of every template."""
    rows = []
    for name, template in TEMPLATES.items():
        report = check(new_project(name).graph)
        rows.append(
            {
                "name": name,
                "title": template.title,
                "input_shape": list(template.image),
                "classes": template.classes,
                "parameters": report.parameters,
            }
        )
    if options.json:
        print(json_text(rows, indent=1))
        return
    for name, row in zip(TEMPLATES, rows, strict=True):
        shape = format_shape(TEMPLATES[name].image)
        print(f"{name:16} {row['title']:44} {shape:16} {row['parameters']:>13,} parameters")


def new(options: argparse.Namespace) -> None:
    """Save a template's project."""
    project = new_project(options.template, options.input, options.classes)
    save(options.out, project)
    report = check(project.graph)
    print(f"{options.out}: {project.title}, {report.parameters:,} parameters")
    for line in _problem_lines(project.graph):
        print(line)


def info(options: argparse.Namespace) -> None:
    """Every layer's shape and cost, totals and problems."""
    graph = load(options.file).project.graph
    report = check(graph)
    order = graph.order() or tuple(graph.nodes)
    layers = []
    for node_id in order:
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
    if options.json:
        problems = [
            {"layer": p.node, "message": p.message, "warning": p.warning, "repairs": [r.title for r in p.fixes]}
            for p in report.problems
        ]
        totals = {"parameters": report.parameters, "multiply_adds": report.macs, "problems": problems}
        print(json_text({"layers": layers, **totals}, indent=1))
        return
    for node_id in order:
        node, block = graph.nodes[node_id], report.blocks.get(node_id)
        numbers = f"{block.parameters:>13,} {block.macs:>15,}" if block else ""
        shape = format_shape(block.output_shape) if block else "?"
        print(f"{node.name:16} {node.layer.title:24} {node.layer.summary():24} {shape:18} {numbers}")
    print(f"{report.parameters:,} parameters, {report.macs:,} multiply-adds an image")
    for line in _problem_lines(graph):
        print(line)


def _problem_lines(graph: Graph) -> list[str]:
    lines = []
    for problem in check(graph).problems:
        place = f"{graph.nodes[problem.node].name}: " if problem.node else ""
        ways = f" [{' | '.join(fix.title for fix in problem.fixes)}]" if problem.fixes else ""
        lines.append(f"{'note' if problem.warning else 'problem'}: {place}{problem.message}{ways}")
    return lines


def data(options: argparse.Namespace) -> None:
    """Samples, shape, class names, and counts per class and split."""
    dataset = open_dataset(options.dataset)
    counts = {split: dict(zip(dataset.class_names, dataset.counts(split), strict=True)) for split in SPLITS}
    if options.json:
        facts = {
            "name": dataset.name,
            "samples": len(dataset.labels),
            "shape": list(dataset.shape),
            "class_names": list(dataset.class_names),
            "splits": {split: {"samples": dataset.size(split), "counts": counts[split]} for split in SPLITS},
            "mean": list(dataset.scaling.mean),
            "deviation": list(dataset.scaling.deviation),
        }
        print(json_text(facts, indent=1))
        return
    print(f"{dataset.name}: {len(dataset.labels):,} images of {format_shape(dataset.shape)}")
    for split in SPLITS:
        each = ", ".join(f"{name} {count:,}" for name, count in counts[split].items())
        print(f"{split:10} {dataset.size(split):>8,}: {each}")


def devices(options: argparse.Namespace) -> None:
    """Every device, and why it is refused if it is."""
    found = list_devices()
    if options.json:
        rows = [
            {"name": d.name, "description": d.description, "usable": not d.refused, "reason": d.refused} for d in found
        ]
        print(json_text(rows, indent=1))
        return
    for device in found:
        print(f"{device.name:12} {device.description}{'  refused: ' + device.refused if device.refused else ''}")
