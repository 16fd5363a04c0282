"""Giving up long work on a thread: code that reads or computes for long calls `check_cancelled` now and then."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class CancelledError(Exception):
    """Nobody wants the result of this thread's work any more."""


class _Thread(threading.local):
    """What the current thread asks whether its work was cancelled."""

    asked: Callable[[], bool] | None = None


_current = _Thread()


@contextmanager
def cancelled_by(asked: Callable[[], bool]) -> Iterator[None]:
    """Within the context, `check_cancelled` on this thread raises as soon as `asked` returns True."""
    before, _current.asked = _current.asked, asked
    try:
        yield
    finally:
        _current.asked = before


def check_cancelled() -> None:
    """Raise CancelledError if the work of this thread was cancelled. Takes a fraction of a microsecond."""
    asked = _current.asked
    if asked is not None and asked():
        raise CancelledError
