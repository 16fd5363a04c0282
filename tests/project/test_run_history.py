"""The records of runs in a project file: what goes in comes out, within limits, or is refused."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from cnnstudio.engine.network import Network
from cnnstudio.project import Project, ProjectFileError, load, save
from cnnstudio.project.run_history import MAX_RUNS, MAX_STEPS
from cnnstudio.runs.curves import curve_of
from cnnstudio.runs.record import RunRecord
from cnnstudio.runs.run_list import save_runs
from cnnstudio.training.events import BatchDone, DeviceChanged, EpochDone, Outcome, RunDone, RunStarted, SetLearningRate
from cnnstudio.training.trainer import train
from tests.malformed_values import with_one_malformed_value
from tests.networks import small, xo
from tests.training.small_runs import choice, once, play

STEPS = 60_000


def finished(title: str = "Run 1") -> RunRecord:
    """The record of a short run."""
    record = RunRecord(title, choice(), dataset="xo", data="abc", graph=small())
    for event in play(train(Network.create(small()), xo(40), choice()), once(2, SetLearningRate(0.5))):
        record.add(event)
    record.finish()
    return record


def long(count: int = STEPS, per_epoch: int = 1000) -> RunRecord:
    """The record of a long run with a spike, still active."""
    record, rng = RunRecord("Run 1", graph=small()), np.random.default_rng(0)
    record.add(RunStarted(count // per_epoch, per_epoch, count, 0, "NumPy", ""))
    add_steps(record, rng.exponential(np.linspace(2.0, 0.5, count)), 0, per_epoch)
    record.losses[count // 2] = 4000.0
    return record


def add_steps(record: RunRecord, losses: Any, first: int, per_epoch: int) -> None:
    for step, loss in enumerate(losses, first + 1):
        record.add(BatchDone((step - 1) // per_epoch + 1, step, float(loss), 0.5, 0.1, 9.0, 0.0, step / per_epoch))
        if step % per_epoch == 0:
            epoch = step // per_epoch
            record.add(EpochDone(epoch, step, 1.0, 0.5, 1.0 / epoch, None, 9.0, 0.1))


def saved_and_loaded(path: Path, *records: RunRecord) -> list[RunRecord]:
    save(path, Project(), runs=save_runs(records))
    return [RunRecord.restore(run) for run in load(path).runs]


def test_a_record_comes_back_whole(tmp_path: Path) -> None:
    record = finished()
    record.add(DeviceChanged(9, "NumPy", "it broke"))
    (again,) = saved_and_loaded(tmp_path / "a.cnn", record)
    for name in ("title", "training", "dataset", "data", "device", "graph", "start_time", "outcome", "started", "done"):
        assert getattr(again, name) == getattr(record, name), name
    assert (again.epochs, again.marks, again.seconds) == (record.epochs, record.marks, record.seconds)
    assert again.best_epoch == record.best_epoch is not None
    for metric in ("loss", "accuracy"):
        before, after = curve_of(record, metric), curve_of(again, metric)
        for name in ("epochs", "raw", "smoothed", "validation_epochs", "validation"):
            np.testing.assert_array_equal(getattr(before, name), getattr(after, name))
        assert (before.marks, before.length) == (after.marks, after.length)


def test_a_run_that_was_active_counts_as_stopped(tmp_path: Path) -> None:
    record = RunRecord("Run 1")
    for event in play(train(Network.create(small()), xo(40), choice())):
        if not isinstance(event, RunDone):
            record.add(event)
    (again,) = saved_and_loaded(tmp_path / "a.cnn", record)
    assert again.outcome is Outcome.STOPPED
    assert (again.done.step, again.done.epoch) == (9, 3)
    assert again.done.validation_loss == record.epochs[-1].validation_loss


def test_a_long_run_is_thinned_and_its_curve_looks_the_same(tmp_path: Path) -> None:
    record = long()
    (again,) = saved_and_loaded(tmp_path / "a.cnn", record)
    assert len(again.steps) <= MAX_STEPS
    assert (tmp_path / "a.cnn").stat().st_size < 1_000_000
    before, after = curve_of(record, "loss"), curve_of(again, "loss")
    places = np.searchsorted(before.epochs, after.epochs)
    np.testing.assert_array_equal(after.smoothed, before.smoothed[places])
    assert after.raw.max() == before.raw.max() == 4000.0
    assert after.raw.min() == before.raw.min()
    assert (after.epochs[0], after.epochs[-1]) == (pytest.approx(0.001, abs=0.02), before.epochs[-1])
    assert again.epochs == record.epochs


def test_a_thinned_run_goes_on_where_its_curve_ends(tmp_path: Path) -> None:
    (again,) = saved_and_loaded(tmp_path / "a.cnn", long())
    end = curve_of(again, "loss").smoothed[-1]
    add_steps(again, np.full(300, 0.5), STEPS, 1000)
    after = curve_of(again, "loss")
    count = len(again.steps) - 300
    assert abs(after.smoothed[count] - end) < 0.02
    assert after.smoothed[-1] == pytest.approx(0.5, abs=0.01)
    (third,) = saved_and_loaded(tmp_path / "a.cnn", again)
    assert third.steps[-1] == STEPS + 300
    assert curve_of(third, "loss").smoothed[-1] == after.smoothed[-1]


def test_only_the_newest_runs_are_kept(tmp_path: Path) -> None:
    records = []
    for number in range(MAX_RUNS + 5):
        records.append(RunRecord(f"Run {number + 1}"))
        add_steps(records[-1], [1.0, 0.5], 0, 100)
    again = saved_and_loaded(tmp_path / "a.cnn", *records)
    assert [record.title for record in again] == [f"Run {number + 6}" for number in range(MAX_RUNS)]


def test_losses_that_are_not_finite_come_back(tmp_path: Path) -> None:
    record = RunRecord("Run 1")
    add_steps(record, [1.0, np.inf, np.nan, 2.0], 0, 100)
    (again,) = saved_and_loaded(tmp_path / "a.cnn", record)
    np.testing.assert_array_equal(again.losses, record.losses)


def test_the_file_says_what_a_reader_wants_to_know(tmp_path: Path) -> None:
    record = finished()
    saved_and_loaded(tmp_path / "a.cnn", record)
    with zipfile.ZipFile(tmp_path / "a.cnn") as archive:
        (run,) = json.loads(archive.read("runs.json"))["runs"]
    assert run["best_epoch"] == record.best_epoch.epoch
    assert (run["outcome"], run["data"], run["title"]) == ("finished", "abc", "Run 1")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "a.cnn"
    save(path, Project(), runs=save_runs([finished(), finished("Run 2")]))
    return path


def rewrite(source: Path, target: Path, name: str, contents: bytes | None) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.namelist():
            data = contents if member == name else old.read(member)
            if data is not None:
                new.writestr(member, data)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_malformed_record_opens_and_can_be_saved_or_is_refused(file: Path, data: st.DataObject) -> None:
    broken = file.with_name("b.cnn")
    with zipfile.ZipFile(file) as archive:
        text = json.loads(archive.read("runs.json"))
    rewrite(file, broken, "runs.json", json.dumps(data.draw(with_one_malformed_value(text))).encode())
    try:
        saved = load(broken)
    except ProjectFileError:
        return
    records = [RunRecord.restore(run) for run in saved.runs]
    for record in records:
        curve_of(record, "loss")
    save(broken, saved.project, runs=save_runs(records))
    load(broken)


@pytest.mark.parametrize("contents", [None, b"", b"{", b"[]", b"\xff" * 100])
@pytest.mark.parametrize("name", ["runs.json", "runs.safetensors"])
def test_a_damaged_member_is_refused_or_left_out(file: Path, name: str, contents: bytes | None) -> None:
    broken = file.with_name("c.cnn")
    rewrite(file, broken, name, contents)
    if name == "runs.json" and contents is None:
        assert load(broken).runs == ()
        return
    with pytest.raises(ProjectFileError, match=r"runs\.(json|safetensors)"):
        load(broken)


OUT_OF_ORDER = [[[2.0, 1.0, 0.0, 0.0], [1.0, 2.0, 0.0, 0.0]], [[1.0, np.nan, 0.0, 0.0]], [[1.0]]]


@pytest.mark.parametrize("steps", OUT_OF_ORDER)
def test_a_curve_out_of_order_is_refused(file: Path, steps: list[list[float]]) -> None:
    broken = file.with_name("d.cnn")
    with zipfile.ZipFile(file) as archive:
        arrays = load_tensors(archive.read("runs.safetensors"))
    rewrite(file, broken, "runs.safetensors", save_tensors({**arrays, "0.steps": np.array(steps)}))
    with pytest.raises(ProjectFileError, match="not in order"):
        load(broken)


@pytest.mark.parametrize("steps", OUT_OF_ORDER)
def test_a_run_that_could_not_be_read_again_is_not_written(tmp_path: Path, steps: list[list[float]]) -> None:
    runs = save_runs([finished(), finished("Run 2")])
    save(tmp_path / "a.cnn", Project(), runs=[replace(runs[0], steps=np.array(steps)), runs[1]])
    assert [run.title for run in load(tmp_path / "a.cnn").runs] == ["Run 2"]
