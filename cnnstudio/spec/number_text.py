"""How people enter numbers: what they type is read, what is set is written, and arrow keys step it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from cnnstudio.spec.param import NumberParam, ParamError

SEPARATORS = re.compile(r"[\s,;×x*/]+")
WIDE_RANGE = 10_000  # steps within a range from which on arrow keys move the leading digit instead
DEEPEST = 1000  # how many times smaller than its step such a number gets by arrow keys


def parse_number(text: str) -> int | float:
    """The number that was typed, with a point or a comma. Raises ParamError."""
    plain = text.strip().replace("−", "-").replace("\u2009", "").replace("\u202f", "").replace(" ", "")
    if not plain:
        raise ParamError("type a number")
    for kind in (int, float):
        try:
            return kind(plain.replace(",", "."))
        except ValueError:
            continue
    raise ParamError(f"{text.strip()!r} is not a number")


def parse_numbers(text: str) -> tuple[int | float, ...]:
    """The numbers that were typed, apart by commas, spaces or ×; none for nothing. Raises ParamError."""
    parts = [part for part in SEPARATORS.split(text.strip()) if part]
    return tuple(parse_number(part) for part in parts)


def format_number(value: float) -> str:
    """The number as people write it: 0.001 and 1e-8, never 1e-08 or 0.30000000000000004."""
    text = f"{value:.10g}"
    mantissa, exponent, power = text.partition("e")
    return f"{mantissa}e{int(power)}" if exponent else text


def format_numbers(values: Sequence[float]) -> str:
    """The numbers apart by commas, as `parse_numbers` takes them."""
    return ", ".join(format_number(value) for value in values)


def step_number(param: NumberParam, value: float, steps: int) -> int | float:
    """The value so many steps on, within the range.

    Where the range is wide against the step, as for a learning rate, a step is one of the leading digit: 0.002,
    0.001, 0.0009.
    """
    wide = not param.integral and param.min >= 0.0 and (param.max - param.min) / param.step >= WIDE_RANGE
    for _ in range(abs(steps)):
        if not wide:
            value += math.copysign(param.step, steps)
        elif steps > 0:
            value += _digit(value) if value > 0.0 else param.step
        else:
            value -= _digit(value * (1.0 - 1e-9)) if value > param.step / DEEPEST else value
    value = min(max(value, param.min), param.max)
    return round(value) if param.integral else float(f"{value:.10g}")


def _digit(value: float) -> float:
    """What the leading digit of a positive number counts."""
    return float(10.0 ** math.floor(math.log10(value * (1.0 + 1e-12))))
