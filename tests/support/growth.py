"""How the work of a call grows with the size of a network, counted in executed bytecode rather than by the clock."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

MAX_GROWTH = 2.6  # at twice the size; n log n gives at most 2.3, n squared 4


def assert_grows_linearly(prepare: Callable[[int], Callable[[], object]], size: int) -> None:
    """Fail where the work that `prepare` returns for a size more than doubles, or so, at twice the size."""
    small, large = (executed(prepare(each)) for each in (size, 2 * size))
    assert large < MAX_GROWTH * small


def executed(work: Callable[[], object]) -> int:
    """How many bytecode instructions a call executes on this thread; loops within C functions do not count."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
