"""Curves of runs: in epochs, smoothed, thinned without losing extremes, marked, and written as a table."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from cnnstudio.runs.curves import Mark, curve_of, thin, thin_extremes, write_csv
from cnnstudio.runs.record import RunRecord
from cnnstudio.training.events import BatchDone, EpochDone, LearningRateChanged, Outcome, RunDone, RunStarted


def run(losses: list[float], *, per_epoch: int = 4, first: int = 0, accuracy: float | None = 0.5) -> RunRecord:
    """A history of these losses, evaluated at the end of every epoch."""
    history = RunRecord("Run 1")
    history.add(RunStarted(5, per_epoch, 5 * per_epoch, first, "NumPy", ""))
    for index, loss in enumerate(losses):
        step = first + index + 1
        history.add(BatchDone(1, step, loss, accuracy, 0.1, 1.0, 1.0, step / per_epoch))
        if step % per_epoch == 0:
            history.add(EpochDone(step // per_epoch, step, loss, accuracy, loss + 1, accuracy, 1.0, 0.1))
    return history


def test_steps_become_epochs() -> None:
    curve = curve_of(run([3.0, 2.0, 1.0, 1.0, 0.5]), "loss")
    assert curve.epochs.tolist() == [0.25, 0.5, 0.75, 1.0, 1.25]
    assert curve.validation_epochs.tolist() == [1.0]
    assert curve.validation.tolist() == [2.0]
    assert curve.length == 5.0


def test_a_continued_run_begins_where_the_last_one_ended() -> None:
    assert curve_of(run([1.0, 1.0], first=8), "loss").epochs.tolist() == [2.25, 2.5]


def test_the_smoothed_line_is_the_mean_of_the_last_steps() -> None:
    curve = curve_of(run([1.0, 2.0, 3.0, 4.0, 5.0, 16.0]), "loss")
    assert curve.smoothed.tolist() == [1.0, 1.5, 2.0, 2.5, 3.0, 6.0]


def test_values_are_those_of_the_nearest_step() -> None:
    curve = curve_of(run([1.0] * 9), "loss")
    assert curve.at(0.4) == (0.5, 1.0, None)
    assert curve.at(1.1) == (1.0, 1.0, 2.0)
    assert curve.at(99.0) == (2.25, 1.0, 2.0)
    assert curve.at(-1.0)[0] == 0.25


def test_a_network_without_classes_has_no_accuracy() -> None:
    curve = curve_of(run([1.0, 1.0], accuracy=None), "accuracy")
    assert curve.empty
    assert curve.marks == ()


def test_events_are_marked() -> None:
    history = run([1.0, np.nan, np.nan, 1.0, np.inf, 1.0])
    history.add(LearningRateChanged(4, 0.01))
    history.add(RunDone(2, 6, Outcome.NOT_FINITE))
    assert curve_of(history, "loss").marks == (
        Mark(1.0, "rate 0.01"),
        Mark(0.5, "NaN or infinite", bad=True),
        Mark(1.25, "NaN or infinite", bad=True),
        Mark(1.5, "NaN or infinite", bad=True),
    )


def test_thinning_keeps_the_extremes_of_every_column() -> None:
    y = np.random.default_rng(0).normal(size=100_000)
    y[70_123] = 50.0
    y[20_000:40_000] = np.nan
    x, ends = thin_extremes(np.arange(100_000) / 1000, y, 0.0, 99.999, 200)
    assert len(x) == len(ends) == 400
    assert np.nanmax(ends) == 50.0
    assert np.nanmin(ends) == np.nanmin(y)
    assert np.isnan(ends[90:150]).all()


def test_a_curve_gets_columns_in_proportion_to_its_width() -> None:
    x = np.linspace(0.0, 1.0, 10_000)
    assert len(thin_extremes(x, x, 0.0, 10.0, 500)[0]) == 100


def test_thinning_keeps_visible_points_and_one_beyond() -> None:
    x = np.arange(1000.0)
    seen, _ = thin(x, x, 400.5, 402.5, 500)
    assert seen.tolist() == [400.0, 401.0, 402.0, 403.0]
    assert len(thin(x, x, 0.0, 999.0, 50)[0]) == 50


def test_the_table_holds_every_step_of_every_run() -> None:
    rows = list(csv.DictReader(io.StringIO(write_csv([run([3.0, 2.0, 1.0, 0.5]), run([1.0], accuracy=None)]))))
    assert len(rows) == 5
    assert [float(row["loss"]) for row in rows] == [3.0, 2.0, 1.0, 0.5, 1.0]
    assert [row["validation_loss"] for row in rows] == ["", "", "", "1.5", ""]
    assert float(rows[3]["epoch"]) == 1.0
    assert [row["accuracy"] for row in rows] == ["0.5"] * 4 + [""]


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
def test_a_run_without_events_is_an_empty_curve(metric: str) -> None:
    curve = curve_of(RunRecord("Run 1"), metric)
    assert curve.empty
    assert curve.at(1.0) == (1.0, None, None)
