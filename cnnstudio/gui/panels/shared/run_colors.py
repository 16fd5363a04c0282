"""The color that a run has in all panels."""

from __future__ import annotations

from collections.abc import Sequence

from cnnstudio.runs.record import RunRecord

EARLIER_ROLES = ("dense", "input", "pooling", "output", "other")  # theme roles, repeated


def run_color(records: Sequence[RunRecord], record: RunRecord) -> str:
    """The theme role of a run's color: the accent for the latest run, one of `EARLIER_ROLES` for others."""
    return "accent" if record is records[-1] else EARLIER_ROLES[records.index(record) % len(EARLIER_ROLES)]
