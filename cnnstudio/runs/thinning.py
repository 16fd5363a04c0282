"""Which of many steps and epochs a file keeps, so that curves look the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnstudio.array import Array
from cnnstudio.project.saved_run import best_epoch
from cnnstudio.training.events import EpochDone


def thin_steps(rows: Array, most: int) -> Array:
    """The indices of at most so many rows (n, 4) of step, epochs, loss and accuracy.

    Of each of many equal parts of the run, the steps with the least and with the greatest loss are kept, and the last.
    """
    if len(rows) <= most:
        return np.arange(len(rows))
    steps, losses = rows[:, 0], rows[:, 2]
    parts = (steps - steps[0]) * ((most - 2) // 2) // (steps[-1] - steps[0] + 1)
    order = np.lexsort((losses, parts))
    begins = np.flatnonzero(np.diff(parts[order], prepend=-1.0))
    ends = np.append(begins[1:], len(order)) - 1
    return np.unique(np.concatenate([order[begins], order[ends], [len(rows) - 1]]))


def thin_epochs(epochs: Sequence[EpochDone], most: int) -> tuple[EpochDone, ...]:
    """At most so many epochs, the last and the best among them."""
    if len(epochs) <= most:
        return tuple(epochs)
    best, last = best_epoch(list(epochs)), len(epochs) - 1
    places = set(np.linspace(0, last, most - 1).astype(int).tolist())
    return tuple(done for place, done in enumerate(epochs) if place in places or done is best)
