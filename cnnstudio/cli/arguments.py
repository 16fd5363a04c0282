"""Arguments that several commands share, and types that check what was typed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn

from cnnstudio.data import SOURCES
from cnnstudio.operations import Shape
from cnnstudio.plain_text import plain

LARGEST = 2**31 - 1  # of any whole number on the command line
DATASETS = ", ".join(source.usage for source in SOURCES.values())


class Parser(argparse.ArgumentParser):
    """Reports wrong usage in one line and exits with 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {plain(message)}; see {self.prog} --help\n")


def add_project(parser: argparse.ArgumentParser) -> None:
    """The project file to work on, as `options.file`."""
    parser.add_argument("file", type=Path, metavar="FILE.cnn")


def add_data(parser: argparse.ArgumentParser) -> None:
    """The dataset by name, as `options.data`."""
    parser.add_argument("--data", required=True, metavar="DATASET", help=DATASETS)


def add_device(parser: argparse.ArgumentParser) -> None:
    """The device to compute on, as `options.device`."""
    parser.add_argument(
        "--device", default="numpy", metavar="DEVICE", help="auto, numpy or opencl[:N] (default: numpy)"
    )


def add_output(
    parser: argparse.ArgumentParser, metavar: str, *, required: bool = False, help: str | None = None
) -> None:
    """The file to write, as `options.out`."""
    parser.add_argument("-o", dest="out", type=Path, required=required, metavar=metavar, help=help)


def add_weights(parser: argparse.ArgumentParser) -> None:
    """Which weights of the file to use, as `options.weights`."""
    parser.add_argument(
        "--weights",
        choices=("last", "best"),
        default="last",
        help="the latest weights, or the best ones: those of the epoch with the lowest validation loss (default: last)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Whether to print JSON, as `options.json`."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def positive(text: str) -> int:
    """A whole number from 1. Raises ArgumentTypeError."""
    return _whole(text, 1)


def seed(text: str) -> int:
    """A whole number from 0. Raises ArgumentTypeError."""
    return _whole(text, 0)


def image_shape(text: str) -> Shape:
    """Channels, height and width, separated by commas. Raises ArgumentTypeError."""
    parts = text.split(",")
    if len(parts) != 3:
        raise argparse.ArgumentTypeError(f"{text!r} is not C,H,W, such as 1,28,28")
    return tuple(positive(part) for part in parts)


def _whole(text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if not least <= number <= LARGEST:
        raise argparse.ArgumentTypeError(f"{text} is not between {least} and {LARGEST}")
    return number
