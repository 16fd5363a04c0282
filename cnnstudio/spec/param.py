"""Declared parameters: forms, validation, files and documentation are all derived from the declaration."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

When = tuple[str, tuple[object, ...]] | None


class ParamError(ValueError):
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


def integer(
    *,
    default: int,
    min: int,
    max: int,
    help: str,
    label: str = "",
    unit: str = "",
    step: int = 1,
    when: When = None,
    advanced: bool = False,
) -> Any:
    """Declare an integer from `min` to `max`."""
    return _field(
        NumberParam(
            default=default,
            help=help,
            label=label,
            when=when,
            advanced=advanced,
            min=min,
            max=max,
            step=step,
            integral=True,
            unit=unit,
        )
    )


def real(
    *,
    default: float,
    min: float,
    max: float,
    help: str,
    label: str = "",
    step: float = 0.1,
    unit: str = "",
    when: When = None,
    advanced: bool = False,
) -> Any:
    """Declare a real number from `min` to `max`."""
    return _field(
        NumberParam(
            default=default,
            help=help,
            label=label,
            when=when,
            advanced=advanced,
            min=min,
            max=max,
            step=step,
            unit=unit,
        )
    )


def pair(
    *,
    default: tuple[int, int],
    min: int,
    max: int,
    help: str,
    label: str = "",
    unit: str = "",
    when: When = None,
    advanced: bool = False,
) -> Any:
    """Declare a (height, width) of integers from `min` to `max`."""
    return _field(
        PairParam(default=default, help=help, label=label, when=when, advanced=advanced, min=min, max=max, unit=unit)
    )


def numbers(
    *,
    default: tuple[float, ...],
    min: float,
    max: float,
    lengths: tuple[int, int],
    help: str,
    label: str = "",
    names: tuple[str, ...] = (),
    integral: bool = True,
    when: When = None,
    advanced: bool = False,
) -> Any:
    """Declare a list of `lengths[0]` to `lengths[1]` numbers, each from `min` to `max`."""
    return _field(
        NumbersParam(
            default=default,
            help=help,
            label=label,
            when=when,
            advanced=advanced,
            min=min,
            max=max,
            lengths=lengths,
            names=names,
            integral=integral,
        )
    )


def choice(
    *,
    default: str,
    options: tuple[str, ...],
    help: str,
    label: str = "",
    labels: tuple[str, ...] = (),
    when: When = None,
    advanced: bool = False,
) -> Any:
    """Declare one of `options`, shown as `labels`."""
    return _field(
        ChoiceParam(
            default=default, help=help, label=label, when=when, advanced=advanced, options=options, labels=labels
        )
    )


def flag(*, default: bool, help: str, label: str = "", when: When = None, advanced: bool = False) -> Any:
    """Declare a boolean."""
    return _field(FlagParam(default=default, help=help, label=label, when=when, advanced=advanced))


def params_of(spec: object) -> Iterator[tuple[str, Param]]:
    """Yield (name, Param) of a Spec: its own before inherited ones, advanced ones last."""
    cls = spec if isinstance(spec, type) else type(spec)
    ordered: dict[str, Param] = {}
    declared: dict[str, Param] = {item.name: item.metadata["param"] for item in fields(cls) if "param" in item.metadata}
    for base in cls.__mro__:
        for name in inspect.get_annotations(base):
            if name in declared:
                ordered[name] = declared.pop(name)
    yield from sorted(ordered.items(), key=lambda item: item[1].advanced)


def label_of(name: str, param: Param) -> str:
    """The label of the parameter in forms."""
    return param.label or name.replace("_", " ").capitalize()


def _field(param: Param) -> Any:
    return field(default=param.default, metadata={"param": param})
