"""Moments as people say them."""

from __future__ import annotations

from datetime import datetime

import pytest

from cnnstudio.gui.look.moment_format import format_moment

NOW = datetime(2026, 5, 4, 12, 0)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 5, 4, 14, 5), "today at 14:05"),
        (datetime(2026, 5, 3, 23, 59), "yesterday at 23:59"),
        (datetime(2026, 5, 2, 9, 0), "2 May 2026 at 9:00"),
        (datetime(2025, 5, 4, 0, 7), "4 May 2025 at 0:07"),
    ],
)
def test_days_nearby_have_names(moment: datetime, text: str) -> None:
    assert format_moment(moment.timestamp(), NOW) == text
