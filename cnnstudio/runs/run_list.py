"""The runs of a project: which record a run belongs to, and what of them a file holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cnnstudio.project.run_history import MAX_RUNS
from cnnstudio.project.saved_run import SavedRun
from cnnstudio.runs.record import RunRecord
from cnnstudio.runs.training_work import RunRequest
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.events import Outcome


def begin_or_continue(records: list[RunRecord], request: RunRequest, checkpoint: Checkpoint) -> None:
    """Make the last record that of a run which begins here: it goes on, or a new one is added.

    A run that was stopped before its first step leaves no record.
    """
    while records and records[-1].last is None and records[-1].outcome is Outcome.STOPPED:
        records.pop()
    graph, data, training = request.graph, request.dataset.fingerprint, request.training
    last = records[-1] if records else None
    if last and last.is_continued_by(graph, data, checkpoint.step) and _is_reached(last, request, checkpoint):
        last.go_on(training, request.device)
        return
    title, dataset = f"Run {_last_number(records) + 1}", request.dataset.name
    records.append(RunRecord(title, training, device=request.device, dataset=dataset, data=data, graph=graph))


def _is_reached(record: RunRecord, request: RunRequest, checkpoint: Checkpoint) -> bool:
    """Whether training is as far as the record says, and its epoch was not begun anew on other data meanwhile."""
    images = request.dataset.size("train")
    seen_other = checkpoint.seen and checkpoint.data not in ("", record.data)
    reached = checkpoint.position(images).fraction(images)
    return record.last is None or not (seen_other or reached < record.last.position - 1e-6)


def restore_runs(saved: Iterable[SavedRun]) -> list[RunRecord]:
    """The records of runs from a file."""
    return [RunRecord.restore(run) for run in saved]


def save_runs(records: Sequence[RunRecord]) -> tuple[SavedRun, ...]:
    """What a file holds of them: the newest that made a step."""
    return tuple(record.save() for record in records[-MAX_RUNS:] if record.last is not None)


def _last_number(records: Iterable[RunRecord]) -> int:
    numbers = (re.fullmatch(r"Run (\d{1,9})", record.title) for record in records)
    return max((int(number[1]) for number in numbers if number), default=0)
