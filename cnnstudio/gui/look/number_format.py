"""Numbers as panels write them."""

from __future__ import annotations

from cnnstudio.operations import Shape

THIN = "\u2009"  # the space between thousands
SIZES = ("bytes", "KB", "MB", "GB", "TB")


def format_count(number: int) -> str:
    """A whole number with thin spaces between thousands: 61 706."""
    return f"{number:,}".replace(",", THIN)


def format_short_shape(shape: Shape) -> str:
    """A shape where there is little room: 6×28×28."""
    return "×".join(str(size) for size in shape)


def format_short(number: int) -> str:
    """A large number in few digits: 0.42 M, 61.7 k, 156."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size / 10 and number >= 10_000:
            return f"{number / size:.3g} {unit}"
    return format_count(number)


def format_bytes(number: float) -> str:
    """Memory in the unit that suits it: 5.8 MB."""
    unit = 0
    while number >= 1000 and unit < len(SIZES) - 1:
        number, unit = number / 1000, unit + 1
    return f"{number:.3g} {SIZES[unit]}"


def format_percent(share: float) -> str:
    """A share in percent, exact enough to tell 99.95 % from 100 %."""
    return f"{share:.2%}" if 0.9985 < share < 1.0 else f"{share:.1%}"


def format_duration(seconds: float) -> str:
    """A length of time: 48 s, 3:20 min, 2:05 h."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02} h"
