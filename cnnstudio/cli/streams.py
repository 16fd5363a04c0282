"""Standard output and error, whatever they lead to: a terminal, a pipe, a full disk, or nowhere."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

from cnnstudio.plain_text import plain


def prepare_streams() -> None:
    """Make every character printable, and let closed streams lead nowhere, so that no file takes their place."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is this one
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show × still gets the rest


def print_plain(line: object) -> None:
    """Print a line to standard output, in plain characters, whatever names from files are in it."""
    print(plain(line))


def report(message: object) -> None:
    """Print to standard error what the user should know, in one line; where it cannot be written, nobody reads it."""
    try:
        print(f"cnnstudio-cli: {plain(message)}", file=sys.stderr, flush=True)
    except OSError:
        _discard(2)


def discard_output() -> None:
    """Let standard output lead nowhere, so that what is still to be written there cannot fail."""
    _discard(1)


def _discard(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
