"""The command that lists the templates."""

from __future__ import annotations

import argparse

from cnnstudio.cli.arguments import add_json
from cnnstudio.cli.command import Command
from cnnstudio.cli.streams import print_plain
from cnnstudio.cli.strict_json import strict_json
from cnnstudio.graph import check
from cnnstudio.layers import format_shape
from cnnstudio.project import TEMPLATES, new_project


def templates(options: argparse.Namespace) -> None:
    """Print name, title, input shape and parameter count of every template."""
    rows = [
        {
            "name": name,
            "title": template.title,
            "input_shape": list(template.image),
            "classes": template.classes,
            "parameters": check(new_project(name).graph).parameters,
        }
        for name, template in TEMPLATES.items()
    ]
    if options.json:
        print(strict_json(rows, indent=1))
        return
    for name, row in zip(TEMPLATES, rows, strict=True):
        shape = format_shape(TEMPLATES[name].image)
        print_plain(f"{name:16} {row['title']:44} {shape:16} {row['parameters']:>13,} parameters")


COMMAND = Command("templates", "list the networks to start from", add_json, templates)
