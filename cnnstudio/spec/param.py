"""Declared parameters: forms, validation, files and documentation are all derived from the declaration."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cnnstudio.user_error import UserError

When = tuple[str, tuple[object, ...]] | None


class ParamError(UserError):
    """A value that a parameter does not accept; the message is shown to the user."""


@dataclass(frozen=True, kw_only=True)
class Param:
    """What every parameter declares: a default, a sentence of help, and when it has an effect.

    `when` names another parameter and the values of it for which this one has an effect; otherwise forms hide it but
    keep its value. Forms show `advanced` parameters last, in a collapsed section.
    """

    default: object
    help: str
    label: str = ""
    when: When = None
    advanced: bool = False

    def accept(self, value: object) -> object:
        """Return the value in its canonical type. Raises ParamError for an invalid one."""
        raise NotImplementedError

    def describe(self) -> str:
        """The accepted values in a few words."""
        raise NotImplementedError

    def format(self, value: Any) -> str:
        """The value as shown to people."""
        return str(value)


def _number(value: object, minimum: float, maximum: float, integral: bool) -> int | float:
    """The value as int or float. Raises ParamError unless it is a finite number within the range."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ParamError(f"expected a number, got {value!r}")
    if not abs(value) <= sys.float_info.max:  # an int can be too large for a float
        raise ParamError("expected a finite number")
    if integral and value != int(value):
        raise ParamError(f"expected a whole number, got {value}")
    if not minimum <= value <= maximum:
        raise ParamError(f"{value:g} is outside {minimum:g} to {maximum:g}")
    return int(value) if integral else float(value)


@dataclass(frozen=True, kw_only=True)
class NumberParam(Param):
    """A number within a range."""

    min: float
    max: float
    step: float = 1
    integral: bool = False
    unit: str = ""

    def accept(self, value: object) -> object:
        return _number(value, self.min, self.max, self.integral)

    def describe(self) -> str:
        return f"{self.min:g} to {self.max:g}"

    def format(self, value: Any) -> str:
        return f"{value:g}"


@dataclass(frozen=True, kw_only=True)
class PairParam(Param):
    """Height and width as integers; a single number sets both."""

    min: int
    max: int
    unit: str = ""

    def accept(self, value: object) -> object:
        pair = (value, value) if isinstance(value, int | float) else value
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise ParamError(f"expected a height and a width, got {value!r}")
        return tuple(_number(item, self.min, self.max, True) for item in pair)

    def describe(self) -> str:
        return f"{self.min} to {self.max}, height × width"

    def format(self, value: Any) -> str:
        return f"{value[0]} × {value[1]}"


@dataclass(frozen=True, kw_only=True)
class NumbersParam(Param):
    """A short list of numbers: a shape, the padding of four sides, one weight per class."""

    min: float
    max: float
    lengths: tuple[int, int]
    names: tuple[str, ...] = ()
    integral: bool = True

    def accept(self, value: object) -> object:
        least, most = self.lengths
        if not isinstance(value, Sequence) or isinstance(value, str) or not least <= len(value) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            raise ParamError(f"expected {wanted} numbers, got {value!r}")
        return tuple(_number(item, self.min, self.max, self.integral) for item in value)

    def describe(self) -> str:
        each = f"each {self.min:g} to {self.max:g}"
        return f"{', '.join(self.names)}; {each}" if self.names else each

    def format(self, value: Any) -> str:
        return ", ".join(f"{item:g}" for item in value)


@dataclass(frozen=True, kw_only=True)
class ChoiceParam(Param):
    """One of several options, shown as `labels` in forms."""

    options: tuple[str, ...]
    labels: tuple[str, ...] = ()

    def accept(self, value: object) -> object:
        if value not in self.options:
            raise ParamError(f"{value!r} is not one of {', '.join(self.options)}")
        return value

    def describe(self) -> str:
        return ", ".join(self.options)

    def format(self, value: Any) -> str:
        return dict(zip(self.options, self.labels or self.options, strict=True))[value]


@dataclass(frozen=True, kw_only=True)
class FlagParam(Param):
    """A boolean."""

    def accept(self, value: object) -> object:
        if not isinstance(value, bool):
            raise ParamError(f"expected true or false, got {value!r}")
        return value

    def describe(self) -> str:
        return "yes or no"

    def format(self, value: Any) -> str:
        return "yes" if value else "no"
