"""Declare parameters as dataclass fields of a `Spec`, and read the declarations back."""

from __future__ import annotations

import inspect
from dataclasses import field, fields
from functools import cache
from typing import Any

from cnnstudio.spec.param import ChoiceParam, FlagParam, NumberParam, NumbersParam, PairParam, Param, When


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


def params_of(spec: object) -> tuple[tuple[str, Param], ...]:
    """(name, Param) of all parameters of a Spec: its own before inherited ones, advanced ones last."""
    return _params_of_class(spec if isinstance(spec, type) else type(spec))


@cache
def _params_of_class(cls: type) -> tuple[tuple[str, Param], ...]:
    ordered: dict[str, Param] = {}
    declared: dict[str, Param] = {item.name: item.metadata["param"] for item in fields(cls) if "param" in item.metadata}
    for base in cls.__mro__:
        for name in inspect.get_annotations(base):
            if name in declared:
                ordered[name] = declared.pop(name)
    return tuple(sorted(ordered.items(), key=lambda item: item[1].advanced))


def label_of(name: str, param: Param) -> str:
    """The label of the parameter in forms."""
    return param.label or name.replace("_", " ").capitalize()


def _field(param: Param) -> Any:
    return field(default=param.default, metadata={"param": param})
