"""Parse the command line, run the command, and report what goes wrong in one line."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence

from cnnstudio import __version__
from cnnstudio.cli import data, devices, evaluate, export, info, new, predict, templates, train
from cnnstudio.cli.arguments import Parser
from cnnstudio.cli.streams import discard_output, prepare_streams, report
from cnnstudio.regular_file import reason_of
from cnnstudio.user_error import UserError

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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 on success, 1 with a line on stderr where a file, network or device is at fault."""
    prepare_streams()
    try:
        try:
            return _run(parser().parse_args(arguments))
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # the reader of the pipe has exited, as `head` does
        discard_output()
    except OSError as error:
        discard_output()
        report(f"{error.filename or 'The output'} cannot be written ({reason_of(error)}).")
    return 1


def _run(options: argparse.Namespace) -> int:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are for programmers; whatever matters to users is an error
            options.run(options)
    except (UserError, MemoryError) as error:
        report(str(error) or "There is not enough memory.")
        return 1
    except KeyboardInterrupt:
        report("interrupted")
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
