"""Numbers as text: parsing and formatting, and stepping with the arrow keys."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from cnnstudio.spec.param import NumberParam, ParamError

SEPARATORS = re.compile(r"[\s,;×x*/]+")
LARGE = 1e6  # numbers from here on are written with an exponent
WIDE_RANGE = 10_000  # ranges of more steps than this are stepped by the leading digit instead
SMALLEST = 1000  # such a number is stepped down to this fraction of its step


def parse_number(text: str) -> int | float:
    """Parse a number with a decimal point or comma. Raises ParamError."""
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
    """Parse numbers separated by commas, spaces or ×; an empty text gives none. Raises ParamError."""
    parts = [part for part in SEPARATORS.split(text.strip()) if part]
    return tuple(parse_number(part) for part in parts)


def format_number(value: float) -> str:
    """Format a number as people write it: 0.001 and 1e-8, never 1e-08 or 0.30000000000000004."""
    return _short_exponent(f"{value:.10g}")


def format_decimals(value: float, decimals: int) -> str:
    """A number with this many decimals, or as 4.27e59 where it has too many digits before them to be read."""
    return f"{value:.{decimals}f}" if abs(value) < LARGE else format_brief(value)


def format_brief(value: float) -> str:
    """A number with three significant digits: 0.25, 1250 as 1.25e3, 4.27e59."""
    return _short_exponent(f"{value:.3g}")


def format_numbers(values: Sequence[float]) -> str:
    """Format numbers separated by commas, as `parse_numbers` accepts them."""
    return ", ".join(format_number(value) for value in values)


def step_number(param: NumberParam, value: float, steps: int) -> int | float:
    """The value after this many steps up (or, negative, down), within the range of the parameter.

    If the range is wide compared to the step, as for a learning rate, a step changes the leading digit: 0.002, 0.001,
    0.0009.
    """
    wide = not param.integral and param.min >= 0.0 and (param.max - param.min) / param.step >= WIDE_RANGE
    for _ in range(abs(steps)):
        if not wide:
            value += math.copysign(param.step, steps)
        elif steps > 0:
            value += _digit(value) if value > 0.0 else param.step
        else:
            value -= _digit(value * (1.0 - 1e-9)) if value > param.step / SMALLEST else value
    value = min(max(value, param.min), param.max)
    return round(value) if param.integral else float(f"{value:.10g}")


def _short_exponent(text: str) -> str:
    mantissa, exponent, power = text.partition("e")
    return f"{mantissa}e{int(power)}" if exponent else text


def _digit(value: float) -> float:
    """The place value of the leading digit of a positive number."""
    return float(10.0 ** math.floor(math.log10(value * (1.0 + 1e-12))))
