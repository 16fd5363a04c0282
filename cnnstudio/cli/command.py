"""What a command of the command line is: a name, a line of help, its arguments, and a function that runs it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """`run` gets the parsed options and raises one of the errors in `main.USER_ERRORS` for what the user can fix."""

    name: str
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], None]
