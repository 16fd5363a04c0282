"""How a batch is split into shards, one for each thread: a fixed rule, so that equal runs give equal bits."""

from __future__ import annotations

import os

from cnnstudio.engine.program import Program

SHARD_WORK = 4_000_000  # MACs of a forward pass that make another thread worth waking
MIN_SHARD = 8  # samples below which the overhead of a shard costs more than its thread saves


def available_cores() -> int:
    """How many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shard_sizes(program: Program, batch: int, threads: int) -> list[int]:
    """How many samples each shard of a batch gets, for at most so many threads."""
    worth = program.macs * batch // SHARD_WORK
    count = 1 if program.require_loss().mixes_samples else max(1, min(threads, batch // MIN_SHARD, worth))
    return [batch // count + (shard < batch % count) for shard in range(count)]
