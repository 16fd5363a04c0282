"""Read the command line, run the command, and turn what may go wrong into one line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

from cnnstudio import __version__
from cnnstudio.cli import listing as describe
from cnnstudio.cli import train, use
from cnnstudio.data import SOURCES, SPLITS, DataError
from cnnstudio.engine.device_selection import DeviceError
from cnnstudio.engine.engine import TooManyWeightsError
from cnnstudio.engine.program import NetworkError
from cnnstudio.export import FORMATS, ExportError
from cnnstudio.operations import OPTIMIZERS, Shape
from cnnstudio.project import ProjectFileError, TemplateError
from cnnstudio.spec import ParamError

Command = Callable[[argparse.Namespace], None]

MOST = 2**31 - 1  # of any whole number on the command line
USAGES = ", ".join(source.usage for source in SOURCES.values())

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


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the command line in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 when done, 1 with a line on stderr for what is wrong with files or network."""
    options = parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show × still gets the rest
    try:
        options.command(options)
        sys.stdout.flush()
    except USER_ERRORS as error:
        print(f"cnnstudio-cli: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("cnnstudio-cli: interrupted", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of a pipe went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line; wrong usage exits with 2."""
    top = Parser(prog="cnnstudio-cli", description="Build, train and export convolutional networks.")
    top.add_argument("--version", action="version", version=f"cnnstudio {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for add in (_templates, _new, _info, _data, _train, _evaluate, _predict, _export, _devices):
        add(commands)
    return top


def _templates(commands: Any) -> None:
    made = _command(commands, "templates", "list the networks to start from", describe.templates)
    _json(made)


def _new(commands: Any) -> None:
    made = _command(commands, "new", "make a project from a template", describe.new)
    made.add_argument("template", metavar="TEMPLATE")
    _out(made, "FILE.cnn", required=True)
    made.add_argument("--input", type=_shape, metavar="C,H,W", help="channels, height and width of the images")
    made.add_argument("--classes", type=_positive, metavar="N", help="how many classes the network votes on")


def _info(commands: Any) -> None:
    made = _command(commands, "info", "shapes, parameters and problems of every layer", describe.info)
    _file(made)
    _json(made)


def _data(commands: Any) -> None:
    made = _command(commands, "data", "what a data set holds", describe.data)
    made.add_argument("dataset", metavar="DATASET", help=USAGES)
    _json(made)


def _train(commands: Any) -> None:
    made = _command(commands, "train", "train a project's network", train.train)
    _file(made)
    _dataset(made)
    length = made.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=_positive, metavar="N", help="how often every image is seen")
    length.add_argument("--steps", type=_positive, metavar="N", help="how many batches are learned from")
    made.add_argument("--batch", type=_positive, metavar="N", help="images in a batch")
    made.add_argument("--optimizer", choices=OPTIMIZERS, metavar="NAME", help=", ".join(OPTIMIZERS))
    made.add_argument("--rate", type=float, metavar="R", help="learning rate")
    made.add_argument("--seed", type=_seed, metavar="S", help="decides first weights and order of images")
    _device(made)
    _out(made, "OUT.cnn", help="where to save; without it, FILE.cnn itself is brought up to date")
    _json(made)


def _evaluate(commands: Any) -> None:
    made = _command(commands, "evaluate", "judge a trained network on data", use.evaluate)
    _file(made)
    _dataset(made)
    made.add_argument("--split", choices=SPLITS, default="test", help="which part of the data (default: test)")
    _json(made)


def _predict(commands: Any) -> None:
    made = _command(commands, "predict", "what the network says about images or raw arrays", use.predict)
    _file(made)
    made.add_argument("images", nargs="*", type=Path, metavar="IMAGE")
    made.add_argument("--input", type=Path, metavar="X.npy", help="raw array (N, C, H, W); nothing is rescaled")
    made.add_argument("--output", type=Path, metavar="Y.npy", help="where to write the answers to --input")
    made.add_argument("--layer", metavar="NAME", help="write this layer's output instead of the last")
    _json(made)


def _export(commands: Any) -> None:
    made = _command(commands, "export", "write the trained network in another format", use.export)
    _file(made)
    made.add_argument("--to", choices=FORMATS, required=True, metavar="FORMAT", help=", ".join(FORMATS))
    _out(made, "OUT", required=True)


def _devices(commands: Any) -> None:
    made = _command(commands, "devices", "what can compute on this machine", describe.devices)
    _json(made)


def _command(commands: Any, name: str, help: str, command: Command) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.")
    made.set_defaults(command=command, usage_error=made.error)
    return made


def _file(made: argparse.ArgumentParser) -> None:
    made.add_argument("file", type=Path, metavar="FILE.cnn")


def _dataset(made: argparse.ArgumentParser) -> None:
    made.add_argument("--data", required=True, metavar="DATASET", help=USAGES)


def _device(made: argparse.ArgumentParser) -> None:
    made.add_argument("--device", default="numpy", metavar="DEVICE", help="auto, numpy or opencl[:N] (default: numpy)")


def _out(made: argparse.ArgumentParser, metavar: str, required: bool = False, help: str | None = None) -> None:
    made.add_argument("-o", dest="out", type=Path, required=required, metavar=metavar, help=help)


def _json(made: argparse.ArgumentParser) -> None:
    made.add_argument("--json", action="store_true", help="print JSON")


def _whole(text: str, least: int, most: int) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text} is not from {least} to {most}")
    return number


def _positive(text: str) -> int:
    return _whole(text, 1, MOST)


def _seed(text: str) -> int:
    return _whole(text, 0, MOST)


def _shape(text: str) -> Shape:
    parts = text.split(",")
    if len(parts) != 3:
        raise argparse.ArgumentTypeError(f"{text!r} is not C,H,W, such as 1,28,28")
    return tuple(_positive(part) for part in parts)
