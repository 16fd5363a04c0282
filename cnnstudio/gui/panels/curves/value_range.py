"""The range of values that a plot shows before anyone zooms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnstudio.runs.curves import Curve


def value_range(curves: Sequence[Curve], *, log: bool) -> tuple[float, float]:
    """From zero, or from the smallest value on a log scale, to just above the smoothed and validation values."""
    values = np.concatenate([part for curve in curves for part in (curve.smoothed, curve.validation)] or [np.empty(0)])
    values = values[np.isfinite(values) & (values > 0.0)]
    if not len(values):
        return (0.1, 1.0) if log else (0.0, 1.0)
    top = float(values.max())
    return (float(values.min()) * 0.8, top * 1.25) if log else (0.0, top * 1.08)
