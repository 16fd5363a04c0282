"""Numbers as text."""

from __future__ import annotations

import pytest

from cnnstudio.gui.look.number_format import format_bytes, format_duration, format_percent, format_short


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999, "999"), (1419, "1\u202f419"), (416_520, "0.417 M"), (15_470_264_320, "15.5 G")],
)
def test_large_counts_are_shortened(number: int, text: str) -> None:
    assert format_short(number) == text


def test_bytes_percentages_and_durations_have_suitable_units() -> None:
    assert [format_bytes(size) for size in (12, 5_800_000)] == ["12 bytes", "5.8 MB"]
    assert [format_percent(fraction) for fraction in (0.5, 0.9995, 1.0)] == ["50.0%", "99.95%", "100.0%"]
    assert [format_duration(time) for time in (2.34, 48, 200, 7500)] == ["2.3 s", "48 s", "3:20 min", "2:05 h"]
