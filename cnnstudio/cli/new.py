"""The command that creates a project from a template."""

from __future__ import annotations

import argparse

from cnnstudio.cli.arguments import add_output, image_shape, positive
from cnnstudio.cli.command import Command
from cnnstudio.cli.info import problem_lines
from cnnstudio.cli.streams import print_plain
from cnnstudio.graph import check
from cnnstudio.project import new_project, save


def new(options: argparse.Namespace) -> None:
    """Save the template's project and print its problems, if any."""
    project = new_project(options.template, options.input, options.classes)
    save(options.out, project)
    report = check(project.graph)
    print_plain(f"{options.out}: {project.title}, {report.parameters:,} parameters")
    for line in problem_lines(project.graph, report.problems):
        print_plain(line)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("template", metavar="TEMPLATE")
    add_output(parser, "FILE.cnn", required=True)
    parser.add_argument("--input", type=image_shape, metavar="C,H,W", help="channels, height and width of the images")
    parser.add_argument("--classes", type=positive, metavar="N", help="number of classes")


COMMAND = Command("new", "create a project from a template", _add_arguments, new)
