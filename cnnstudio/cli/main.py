"""Parse the command line, run the command, and report what goes wrong in one line."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from io import TextIOWrapper

from cnnstudio import __version__
from cnnstudio.cli import data, devices, evaluate, export, info, new, predict, templates, train
from cnnstudio.cli.arguments import Parser
from cnnstudio.data import DataError
from cnnstudio.engine.device_selection import DeviceError
from cnnstudio.engine.engine import TooManyWeightsError
from cnnstudio.engine.program import NetworkError
from cnnstudio.export import ExportError
from cnnstudio.project import ProjectFileError, TemplateError
from cnnstudio.spec import ParamError

COMMANDS = (
    templates.COMMAND,
    new.COMMAND,
    info.COMMAND,
    data.COMMAND,
    train.COMMAND,
    evaluate.COMMAND,
    predict.COMMAND,
    export.COMMAND,
    devices.COMMAND,
)

USER_ERRORS = (
    DataError,
    DeviceError,
    ExportError,
    MemoryError,
    NetworkError,
    ParamError,
    ProjectFileError,
    TemplateError,
    TooManyWeightsError,
    train.UnfinishedRunError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 on success, 1 with a line on stderr where a file, network or device is at fault."""
    options = parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show × still gets the rest
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are for programmers; whatever matters to users is an error
            options.run(options)
        sys.stdout.flush()
    except USER_ERRORS as error:
        print(f"cnnstudio-cli: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("cnnstudio-cli: interrupted", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of the pipe has exited, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """The parser of all commands; wrong usage exits with 2."""
    top = Parser(prog="cnnstudio-cli", description="Build, train and export convolutional networks.")
    top.add_argument("--version", action="version", version=f"cnnstudio {__version__}")
    subparsers = top.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        description = f"{command.help[0].upper()}{command.help[1:]}."
        added = subparsers.add_parser(command.name, help=command.help, description=description)
        command.add_arguments(added)
        added.set_defaults(run=command.run, usage_error=added.error)
    return top
