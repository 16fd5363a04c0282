"""The command that lists the devices of this machine."""

from __future__ import annotations

import argparse

from cnnstudio.cli.arguments import add_json
from cnnstudio.cli.command import Command
from cnnstudio.cli.streams import print_plain
from cnnstudio.cli.strict_json import strict_json
from cnnstudio.engine.device_selection import devices as list_devices


def devices(options: argparse.Namespace) -> None:
    """Print every device and, for one that cannot be used, why."""
    found = list_devices()
    if options.json:
        rows = [
            {"name": d.name, "description": d.description, "usable": not d.refused, "reason": d.refused} for d in found
        ]
        print(strict_json(rows, indent=1))
        return
    for device in found:
        reason = f"  not usable: {device.refused}" if device.refused else ""
        print_plain(f"{device.name:12} {device.description}{reason}")


COMMAND = Command("devices", "list the devices of this machine", add_json, devices)
