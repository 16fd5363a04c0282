"""The range of values that a plot shows before anyone zooms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnstudio.array import Array
from cnnstudio.runs.curves import Curve

OUTLIERS = 0.05  # of the values may be outliers
FEW = 5  # of so few values none is an outlier
GAP = 3.0  # outliers are at least this many times as large as the largest other value
STEEP = 20.0  # nothing is shown that is this many times as large as nine tenths of the values
FAR = 100.0  # on a log scale, only what is this many times as large as all else lies beyond the top
LEAST = 1e-9  # the lowest value on a log scale, as a fraction of the highest


@dataclass(frozen=True)
class ValueRange:
    """The values at the bottom and top of a plot, and the largest of all values, which may lie beyond."""

    bottom: float
    top: float
    largest: float

    @property
    def cut(self) -> bool:
        """Whether values lie beyond the top."""
        return self.largest > self.top


def value_range(curves: Sequence[Curve], *, log: bool, whole: bool = False) -> ValueRange:
    """From zero, or from the smallest value on a log scale, to just above the smoothed and validation values.

    A few values far above all others, as at the start of a run that settled down, do not count unless the `whole`
    range is asked for.
    """
    parts = [(part, of) for curve in curves for part, of in _parts(curve) if len(part)]
    if not parts:
        return ValueRange(0.1, 1.0, 1.0) if log else ValueRange(0.0, 1.0, 1.0)
    largest = max(float(part.max()) for part, _ in parts)
    top = largest if whole else max(min(float(part.max()), usual_top(of)) for part, of in parts)
    if log and largest <= FAR * top:
        top = largest
    if not log:
        return ValueRange(0.0, top * 1.08, largest)
    least = min(float(part.min()) for part, _ in parts)
    return ValueRange(max(least * 0.8, top * LEAST), top * 1.25, largest)


def usual_top(values: Array) -> float:
    """The largest of some positive values (n,), but for those few that are far above all others."""
    if len(values) <= FEW:
        return float(values.max())
    count = max(int(len(values) * OUTLIERS), 1)
    highest = np.sort(np.partition(values, len(values) - count - 1)[-count - 1 :])[::-1]
    gaps = np.flatnonzero(highest[:-1] > GAP * highest[1:])
    apart = float(highest[gaps[-1] + 1]) if len(gaps) else float(highest[0])
    return min(apart, STEEP * float(np.quantile(values, 0.9)))


def _parts(curve: Curve) -> list[tuple[Array, Array]]:
    """What is drawn in full color, and the values that decide what of it is usual."""
    smoothed, raw, validation = _positive(curve.smoothed), _positive(curve.raw), _positive(curve.validation)
    return [(smoothed, raw), (validation, validation)]


def _positive(values: Array) -> Array:
    return values[np.isfinite(values) & (values > 0.0)]
