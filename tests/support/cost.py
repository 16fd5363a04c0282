"""What a call costs: a file that is refused must take neither time nor memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def cheaply(*, seconds: float = 1.0, megabytes: int = 100) -> Iterator[None]:
    """Fail where the block takes more processor time, or raises the process's largest use of memory by more."""
    memory, begin = _peak(), time.process_time()
    yield
    assert time.process_time() - begin < seconds
    assert _peak() - memory < megabytes << 10


def _peak() -> int:
    """The largest use of memory so far, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
