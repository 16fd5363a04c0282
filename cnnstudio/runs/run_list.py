"""The runs of a project: which record a run belongs to, and what of them a file holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cnnstudio.project.run_history import MAX_RUNS
from cnnstudio.project.saved_run import SavedRun
from cnnstudio.runs.record import RunRecord
from cnnstudio.runs.training_work import RunRequest
from cnnstudio.training.checkpoint import Checkpoint


def begin_or_continue(records: list[RunRecord], request: RunRequest, checkpoint: Checkpoint) -> None:
    """Make the last record that of a run which begins here: it goes on, or a new one is added."""
    graph, data, training = request.graph, request.dataset.fingerprint, request.training
    same_data = checkpoint.data == data or not checkpoint.step  # on other data, the epoch begins anew
    if records and same_data and records[-1].is_continued_by(graph, data, checkpoint.step):
        records[-1].go_on(training, request.device)
        return
    title, dataset = f"Run {_last_number(records) + 1}", request.dataset.name
    records.append(RunRecord(title, training, device=request.device, dataset=dataset, data=data, graph=graph))


def restore_runs(saved: Iterable[SavedRun]) -> list[RunRecord]:
    """The records of runs from a file."""
    return [RunRecord.restore(run) for run in saved]


def save_runs(records: Sequence[RunRecord]) -> tuple[SavedRun, ...]:
    """What a file holds of them: the newest that made a step."""
    return tuple(record.save() for record in records[-MAX_RUNS:] if record.last is not None)


def _last_number(records: Iterable[RunRecord]) -> int:
    numbers = (re.fullmatch(r"Run (\d{1,9})", record.title) for record in records)
    return max((int(number[1]) for number in numbers if number), default=0)
