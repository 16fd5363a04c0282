"""What training will take, in time and memory, estimated before it begins."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from math import prod

import numpy as np
import psutil

from cnnstudio.data import Dataset
from cnnstudio.engine.engine import Engine, TrainingOptions
from cnnstudio.engine.network import Network
from cnnstudio.engine.sharding import available_cores, shard_sizes
from cnnstudio.training.settings import TrainingChoice

# A step with NumPy where the probe below takes PROBE_SECONDS, fitted to the benchmarks in docs/performance.md.
SECONDS_PER_MAC = 1.75e-11  # of one core
SECONDS_PER_NUMBER = 0.4e-9  # that a layer computes, of one core
SECONDS_PER_WEIGHT = 2.5e-9  # that is updated
SECONDS_PER_LAYER = 4e-6
BACKWARD = 2.0  # the backward pass takes as long as so many forward passes
PROBE_SIZE = (256, 64, 64)  # products of matrices that are too small for BLAS to use several threads
PROBE_SECONDS = 1.4e-3
PROBES = 20  # of which the fastest counts, since other programs disturb some
LONG = 3600.0  # seconds of a run that nobody should start by mistake


@dataclass(frozen=True)
class TrainingEstimate:
    """Roughly what training takes: seconds of an epoch and of the whole run with NumPy, and bytes of memory.

    `free` is how many bytes the machine has left.
    """

    epoch_seconds: float
    run_seconds: float
    memory: int
    free: int

    def describe(self) -> str:
        """Both in one sentence."""
        return f"An epoch takes about {in_words(self.epoch_seconds)}, training needs {_bytes(self.memory)} of memory."

    def warning(self) -> str:
        """Why to think before training begins, in a sentence or two; empty where nothing speaks against it."""
        if self.memory > self.free:
            return (
                f"Training needs {_bytes(self.memory)} of memory, but only {_bytes(self.free)} are free. "
                "A smaller batch size, fewer filters or smaller images need less."
            )
        if self.run_seconds >= LONG:
            return (
                f"Training takes about {in_words(self.run_seconds)}: an epoch takes {in_words(self.epoch_seconds)}. "
                "Fewer epochs, smaller images or a smaller network take less; it can be stopped at any time."
            )
        return ""


def estimate(network: Network, dataset: Dataset, choice: TrainingChoice, engine: Engine) -> TrainingEstimate:
    """Estimate what a run of the chosen epochs takes; nothing of it is allocated."""
    program, weights, settings = network.program, network.weights, choice.settings
    options = TrainingOptions(choice.optimizer, settings.clip, settings.clip_by)
    images, batch = dataset.size("train"), min(settings.batch_size, max(dataset.size("train"), 1))
    numbers = sum(prod(program.shapes[step.output]) for step in program.instructions)
    forward = program.macs * SECONDS_PER_MAC + numbers * SECONDS_PER_NUMBER
    threads = len(shard_sizes(program, batch, available_cores()))
    step = len(program.instructions) * SECONDS_PER_LAYER + weights.trained.size * SECONDS_PER_WEIGHT
    seconds = images * forward * (1.0 + BACKWARD) / threads + -(-images // batch) * step
    seconds = (seconds + dataset.size("validation") * forward / threads) * slowness()
    memory = engine.memory_needed(program, weights, batch, options)
    return TrainingEstimate(seconds, seconds * settings.epochs, memory, psutil.virtual_memory().available)


@cache
def slowness() -> float:
    """How many times longer this machine takes than the one that the estimates were fitted on; takes a moment."""
    left, right, out = (np.ones(PROBE_SIZE, np.float32) for _ in range(3))
    times: list[float] = []
    for _ in range(PROBES):
        begin = time.perf_counter()
        np.matmul(left, right, out=out)
        times.append(time.perf_counter() - begin)
    return min(times) / PROBE_SECONDS


def in_words(seconds: float) -> str:
    """A duration as people say it: 0.4 s, 12 s, 5 min, 3 h, 2 days."""
    for unit, length, least in (("days", 86400.0, 2.0), ("h", 3600.0, 1.5), ("min", 60.0, 1.5)):
        if seconds >= least * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 2.0 else f"{max(seconds, 0.1):.1f} s"


def _bytes(number: float) -> str:
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{max(number / 1e6, 1.0):.0f} MB"
