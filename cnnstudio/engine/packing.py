"""Places for buffers in one block of memory, so that no two that are needed at the same time overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Lifetime(NamedTuple):
    """How many bytes a buffer takes, and the times from the first to the last at which it is needed."""

    size: int
    first: int
    last: int


def pack(buffers: Sequence[Lifetime]) -> list[int]:
    """The offset of each buffer.

    Greedy by size, the largest first, each at the lowest place that is free during its life (Pisarchyk and Lee, 2020).
    All buffers placed so far are looked at together, so that programs of thousands of layers are packed in seconds.
    """
    offsets = [0] * len(buffers)
    exact = sum(buffer.size for buffer in buffers) < np.iinfo(np.int64).max  # beyond, no machine holds them anyway
    # the first and last time, the begin and the end of each, in the order of their begins
    placed = np.empty((4, len(buffers)), np.int64 if exact else np.float64)
    for count, index in enumerate(sorted(range(len(buffers)), key=lambda i: (-buffers[i].size, buffers[i].first))):
        size, first, last = buffers[index]
        firsts, lasts, begins, ends = placed[:, :count]
        alive = np.flatnonzero((firsts <= last) & (lasts >= first))
        tops = np.zeros(len(alive) + 1, placed.dtype)  # where the gap before each of them begins, and that after all
        np.maximum.accumulate(ends[alive], out=tops[1:])
        fitting = np.flatnonzero(tops[:-1] + size <= begins[alive])
        offset = int(tops[fitting[0] if len(fitting) else -1])
        place = int(np.searchsorted(begins, offset, side="right"))
        placed[:, place + 1 : count + 1] = placed[:, place:count]
        placed[:, place] = first, last, offset, offset + size
        offsets[index] = offset
    return offsets
