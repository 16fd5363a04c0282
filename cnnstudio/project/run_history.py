"""The records of training runs as members of a project file: runs.json and, for the curves, runs.safetensors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from cnnstudio.array import Array
from cnnstudio.graph import Graph, GraphFormatError, graph_from_dict, graph_to_dict
from cnnstudio.project.error import ProjectFileError
from cnnstudio.project.plain_json import MAX_VALUES, count_values, read_object
from cnnstudio.project.saved_run import SavedRun, SettingsChanged, best_epoch
from cnnstudio.spec import ParamError
from cnnstudio.training.events import DeviceChanged, EpochDone, LearningRateChanged, Outcome, RunDone, RunStarted
from cnnstudio.training.settings import TrainingChoice

MEMBERS = RUNS, CURVES = "runs.json", "runs.safetensors"
MAX_RUNS = 50  # the newest are kept
MAX_BYTES = 4 << 20  # of runs.json; of more, the oldest runs are left out
MAX_STEPS = 10_000  # of a run; a screen shows fewer
MAX_EPOCHS = 5_000  # of a run
MAX_MARKS = 1_000  # of a run
MAX_TEXT = 10_000  # characters
LARGEST = 2**53  # of every count

COLUMNS = ("epoch", "step", "loss", "accuracy", "validation_loss", "validation_accuracy", "images_per_second", "rate")
MARKS: dict[str, Any] = {"rate": LearningRateChanged, "device": DeviceChanged, "settings": SettingsChanged}
KINDS = {kind: name for name, kind in MARKS.items()}
ARRAYS = ("steps", "smoothed", "epochs")  # they may contain NaN, for what there is not, and infinite losses


def history_to_members(runs: Sequence[SavedRun]) -> tuple[bytes, dict[str, Array]]:
    """The text of runs.json and the arrays of runs.safetensors.

    The oldest of too many runs are left out, and those that could not be read again, so that the project can be opened.
    """
    kept = [run for run in runs if _is_in_order(run.steps, run.smoothed, run.epochs, run.marks)][-MAX_RUNS:]
    while True:
        text = json.dumps(_to_dict(kept), ensure_ascii=False, allow_nan=False).encode(errors="replace")
        if len(kept) <= 1 or (len(text) <= MAX_BYTES and count_values(text) <= MAX_VALUES):
            break
        kept = kept[1:]
    arrays: dict[str, Array] = {}
    for number, run in enumerate(kept):
        epochs = np.array([[_number(getattr(done, name)) for name in COLUMNS] for done in run.epochs])
        arrays[f"{number}.steps"] = run.steps
        arrays[f"{number}.smoothed"] = run.smoothed
        arrays[f"{number}.epochs"] = epochs.reshape(-1, len(COLUMNS)).astype(np.float64)
    return text, arrays


def history_from_members(text: bytes, arrays: Mapping[str, Array], path: Path) -> tuple[SavedRun, ...]:
    """What `history_to_members` wrote. Raises ProjectFileError, with the path of the file in its message."""
    data = read_object(text, RUNS, path)
    try:
        runs, graphs = data["runs"], [graph_from_dict(graph) for graph in data["graphs"]]
        if len(runs) > MAX_RUNS or len(graphs) > len(runs):
            raise ValueError("there are too many")
        return tuple(
            _run_from_dict(run, graphs, {name: arrays[f"{number}.{name}"] for name in ARRAYS})
            for number, run in enumerate(runs)
        )
    except (GraphFormatError, ParamError) as error:
        raise ProjectFileError(f"{path} is damaged: in its {RUNS}: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise ProjectFileError(f"{path} is damaged: its {RUNS} is incomplete or invalid ({error!s:.200}).") from error


def _to_dict(runs: Sequence[SavedRun]) -> dict[str, object]:
    graphs: list[Graph] = []
    for run in runs:
        if run.graph not in graphs:
            graphs.append(run.graph)
    return {
        "graphs": [graph_to_dict(graph) for graph in graphs],
        "runs": [_run_to_dict(run, graphs.index(run.graph)) for run in runs],
    }


def _run_to_dict(run: SavedRun, graph: int) -> dict[str, object]:
    best = best_epoch(run.epochs)
    return {
        "title": run.title,
        "graph": graph,
        "training": run.training.to_dict(),
        "dataset": run.dataset,
        "data": run.data,
        "device": run.device,
        "start_time": run.start_time,
        "seconds": run.seconds,
        "images_per_second": run.images_per_second,
        "outcome": run.outcome,
        "best_epoch": best.epoch if best is not None else None,
        "started": _encode(run.started) if run.started is not None else None,
        "done": _encode(run.done) if run.done is not None else None,
        "marks": [{"kind": KINDS[type(mark)]} | _encode(mark) for mark in run.marks],
    }


def _run_from_dict(data: Mapping[str, Any], graphs: Sequence[Graph], arrays: Mapping[str, Array]) -> SavedRun:
    outcome, started, done, marks = data["outcome"], data["started"], data["done"], data["marks"]
    steps, smoothed, rows = (arrays[name].astype(np.float64) for name in ARRAYS)
    if rows.ndim != 2 or rows.shape[1] != len(COLUMNS):
        raise ValueError("its epochs have other columns")
    epochs = tuple(_epoch(row) for row in rows[: 2 * MAX_EPOCHS + 1].tolist())
    if not _is_in_order(steps, smoothed, epochs, marks):
        raise ValueError("a curve is too long or not in order")
    return SavedRun(
        title=_text(data["title"]),
        graph=graphs[_count(data["graph"])],
        training=TrainingChoice.from_dict(data["training"]),
        dataset=_text(data["dataset"]),
        data=_text(data["data"]),
        device=_text(data["device"]),
        start_time=_text(data["start_time"]),
        seconds=_amount(data["seconds"]),
        images_per_second=_amount(data["images_per_second"]),
        outcome=Outcome(outcome) if outcome is not None else None,
        started=_decode(RunStarted, started) if started is not None else None,
        done=_decode(RunDone, done) if done is not None else None,
        epochs=epochs,
        marks=tuple(_decode(MARKS[mark["kind"]], mark) for mark in marks),
        steps=steps,
        smoothed=smoothed,
    )


def _is_in_order(steps: Array, smoothed: Array, epochs: Sequence[EpochDone], marks: Sequence[Any]) -> bool:
    """Whether a run can be shown: its curves have the right shapes, are not too long, and never go back."""
    return (
        steps.shape == (len(steps), 4)
        and smoothed.shape == (len(smoothed), 2)
        and len(smoothed) <= len(steps) <= 2 * MAX_STEPS
        and max(len(epochs), len(marks)) <= 2 * MAX_EPOCHS
        and _ascends(steps[:, 0])
        and _ascends(steps[:, 1])
        and _ascends(np.array([float(done.epoch) for done in epochs]))
        and _ascends(np.array([float(done.step) for done in epochs]))
    )


def _ascends(values: Array) -> bool:
    """Whether the numbers are counts, or fractions of them, none of which is less than the one before."""
    return not len(values) or bool((np.diff(values) >= 0.0).all() and values[0] >= 0.0 and values[-1] <= LARGEST)


def _encode(event: Any) -> dict[str, Any]:
    """An event's fields; numbers that are not finite become None."""
    values = asdict(event)
    return {
        key: None if isinstance(value, float) and not np.isfinite(value) else value for key, value in values.items()
    }


def _decode(kind: Any, data: Mapping[str, Any]) -> Any:
    """The event of this class whose fields `_encode` returned."""
    return kind(**{field.name: DECODERS[str(field.type)](data[field.name]) for field in fields(kind)})


def _epoch(row: Sequence[float]) -> EpochDone:
    values = {name: None if np.isnan(value) else value for name, value in zip(COLUMNS, row, strict=True)}
    epoch, step, loss = int(row[0]), int(row[1]), row[2]
    return EpochDone(**values | {"epoch": epoch, "step": step, "loss": loss})  # type: ignore[arg-type]


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _count(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise ValueError(f"{value!s:.50} is no count")
    return value


def _amount(value: Any) -> float:
    if not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise ValueError(f"{value!s:.50} is no amount")
    return float(value)


def _optional(value: Any) -> float | None:
    return None if value is None else _amount(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError(f"{value!s:.50} is no text")
    return value


DECODERS = {"int": _count, "float": _amount, "float | None": _optional, "str": _text, "Outcome": Outcome}
