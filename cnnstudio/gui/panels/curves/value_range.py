"""The range of values that a plot shows before anyone zooms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from cnnstudio.array import Array
from cnnstudio.runs.curves import Curve

PARTS = 100  # a peak is brief if it takes less than half of one of so many parts of a curve
LEAST_STEPS = 20  # of a part
LEAST_WINDOWS = 4  # of a part: as many times the steps that are averaged, over which a smoothed peak is spread
LEAST_RESULTS = 3  # validation values of a part
FAR = 10.0  # times the largest value that lasts, above which peaks are left out
HEADROOM = 1.5  # times that value is the top of the plot if peaks are left out


class ValueRange(NamedTuple):
    """The values at the bottom and top of a plot, and the largest value that is left out, if any."""

    bottom: float
    top: float
    peak: float | None = None


def value_range(curves: Sequence[Curve], *, log: bool, whole: bool = False) -> ValueRange:
    """From zero, or from the smallest value on a log scale, to just above the smoothed and validation values.

    Brief peaks far above everything else are left out, unless the `whole` range is asked for: one spike would
    flatten all the rest. On a log scale only brief dips are left out.
    """
    values = _positive(part for curve in curves for part in (curve.smoothed, curve.validation))
    if not len(values):
        return ValueRange(0.1, 1.0) if log else ValueRange(0.0, 1.0)
    lasting = _positive(part for curve in curves for part in _medians(curve))
    least, top = float(values.min()), float(values.max())
    if log:
        if len(lasting) and not whole:
            least = max(least, float(lasting.min()) / FAR)
        return ValueRange(least * 0.8, top * 1.25)
    if whole or not len(lasting) or top <= FAR * lasting.max():
        return ValueRange(0.0, top * 1.08)
    peak = float(_positive(part for curve in curves for part in (curve.raw, curve.validation)).max())
    return ValueRange(0.0, float(lasting.max()) * HEADROOM, peak)


def _medians(curve: Curve) -> list[Array]:
    """Medians of successive parts of the curve, which brief peaks and dips do not reach."""
    least = max(LEAST_STEPS, LEAST_WINDOWS * curve.window)
    return [_part_medians(curve.smoothed, least), _part_medians(curve.validation, LEAST_RESULTS)]


def _part_medians(values: Array, least: int) -> Array:
    values = values[np.isfinite(values)]
    count = max(min(len(values) // least, PARTS), min(len(values), 1))
    return np.array([np.median(part) for part in np.array_split(values, count)] if count else [])


def _positive(parts: Iterable[Array]) -> Array:
    values = np.concatenate([*parts, np.empty(0)])
    result: Array = values[np.isfinite(values) & (values > 0.0)]
    return result
