"""The Loss and Accuracy panels."""

from __future__ import annotations

from cnnstudio.gui.look.number_format import format_percent
from cnnstudio.gui.panels.curves.curve_panel import CurvePanel
from cnnstudio.gui.panels.curves.value_range import ValueRange, value_range
from cnnstudio.runs.curves import Curve
from cnnstudio.runs.record import RunRecord
from cnnstudio.spec.number_text import format_brief, format_decimals

LARGEST_TICK = 1e5  # of which all digits fit beside the plot


class LossPanel(CurvePanel):
    """The loss of every batch, and on the validation images after every epoch."""

    title = "Loss"
    metric_name = "loss"
    empty_text = "The loss will be plotted here during training."
    has_log = True

    def format_value(self, value: float) -> str:
        return format_decimals(value, 3) if value >= 0.01 or value == 0.0 else f"{value:.2g}"

    def format_tick(self, value: float) -> str:
        if value and not 0.1 <= abs(value) < LARGEST_TICK:
            return format_brief(value)
        return f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"

    def limits(self, curves: list[Curve], *, log: bool, whole: bool) -> ValueRange:
        return value_range(curves, log=log, whole=whole)


class AccuracyPanel(CurvePanel):
    """The accuracy of every batch, and on the validation images after every epoch."""

    title = "Accuracy"
    metric_name = "accuracy"
    empty_text = "The accuracy will be plotted here during training."

    def format_value(self, value: float) -> str:
        return format_percent(value)

    def format_tick(self, value: float) -> str:
        return f"{value:.0%}"

    def limits(self, curves: list[Curve], *, log: bool, whole: bool) -> ValueRange:
        return ValueRange(0.0, 1.02)

    def is_measured_by(self, record: RunRecord) -> bool:
        return record.last is None or record.last.accuracy is not None

    def why_never(self) -> str:
        return "" if self._studio.shown.is_classifier else "This network is not a classifier, so it has no accuracy."
