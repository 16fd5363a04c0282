"""Numbers as text: counts, shapes, sizes in bytes, percentages, durations."""

from __future__ import annotations

from cnnstudio.operations import Shape

THOUSANDS_SEPARATOR = "\u202f"  # narrow no-break space
EXACT_BELOW = 100_000  # larger numbers of parameters are abbreviated
BYTE_UNITS = ("bytes", "KB", "MB", "GB", "TB")


def format_count(number: int) -> str:
    """An integer with narrow spaces between thousands: 61 706."""
    return f"{number:,}".replace(",", THOUSANDS_SEPARATOR)


def format_short_shape(shape: Shape) -> str:
    """A shape without spaces: 6×28×28."""
    return "×".join(str(size) for size in shape)


def format_short(number: int) -> str:
    """A count with three significant digits and an SI prefix: 0.42 M, 61.7 k, 156."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size / 10 and number >= 10_000:
            return f"{number / size:.3g} {unit}"
    return format_count(number)


def format_parameters(count: int) -> str:
    """A number of parameters, exact unless it is large."""
    return format_count(count) if count < EXACT_BELOW else format_short(count)


def format_bytes(number: float) -> str:
    """A size in bytes with a decimal prefix: 5.8 MB."""
    unit = 0
    while number >= 1000 and unit < len(BYTE_UNITS) - 1:
        number, unit = number / 1000, unit + 1
    return f"{number:.3g} {BYTE_UNITS[unit]}"


def format_percent(fraction: float) -> str:
    """A fraction as a percentage; just below 1 it gets a second decimal, so that 99.95% does not read 100.0%."""
    return f"{fraction:.2%}" if 0.9985 < fraction < 1.0 else f"{fraction:.1%}"


def format_duration(seconds: float) -> str:
    """A duration: 4.2 s, 48 s, 3:20 min, 2:05 h."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02} h"
