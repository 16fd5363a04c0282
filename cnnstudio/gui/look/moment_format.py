"""Moments as text."""

from __future__ import annotations

from datetime import datetime, timedelta


def format_moment(seconds: float, now: datetime | None = None) -> str:
    """A moment, in seconds since 1970, in local time: `today at 14:05`, `yesterday at 9:30`, `3 May 2026 at 18:00`."""
    moment, now = datetime.fromtimestamp(seconds), now or datetime.now()
    clock = f"{moment.hour}:{moment:%M}"
    days = {now.date(): "today", now.date() - timedelta(days=1): "yesterday"}
    return f"{days.get(moment.date()) or f'{moment.day} {moment:%B %Y}'} at {clock}"
