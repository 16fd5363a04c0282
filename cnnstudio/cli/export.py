"""The command that exports a trained network."""

from __future__ import annotations

import argparse

from cnnstudio.cli.arguments import add_output, add_project, add_weights
from cnnstudio.cli.command import Command
from cnnstudio.cli.network import report_if_untrained, saved_network
from cnnstudio.cli.streams import print_plain
from cnnstudio.export import FORMATS, export_network
from cnnstudio.project import load


def export(options: argparse.Namespace) -> None:
    """Write the network in another format and print how the file was checked."""
    saved = load(options.file)
    names = {node.id: node.name for node in saved.project.graph.nodes.values()}
    network = saved_network(saved, None, options.weights)
    print_plain(export_network(options.to, network, options.out, names))
    report_if_untrained(saved, network)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_project(parser)
    parser.add_argument("--to", choices=FORMATS, required=True, metavar="FORMAT", help=", ".join(FORMATS))
    add_weights(parser)
    add_output(parser, "OUT", required=True)


COMMAND = Command("export", "export the trained network to another format", _add_arguments, export)
