"""Exchanging the last weights for the best ones, and back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from cnnstudio.graph import Graph
from cnnstudio.operations.optimizer import Adam
from cnnstudio.runs.best_choice import BestChoice
from cnnstudio.runs.provenance import Change, compare
from cnnstudio.runs.run import Run
from cnnstudio.runs.state import RunState
from cnnstudio.runs.training_work import RunRequest
from tests.networks import small
from tests.training.small_runs import choice
from tests.training.test_best_weights import DATA

GRAPH = small()


def train(run: Run, epochs: int) -> None:
    """Train until so many epochs are done."""
    woken = threading.Event()
    run.notify = lambda urgent: woken.set()
    run.start(RunRequest(GRAPH, choice(Adam(rate=0.05), epochs=epochs), DATA))
    while run.state is not RunState.IDLE:
        woken.wait(20.0)
        woken.clear()
        run.process()


@pytest.fixture
def run() -> Iterator[Run]:
    """A run that has been trained past its best epoch."""
    made = Run()
    train(made, 30)
    assert made.checkpoint.best.epoch < 30
    yield made
    made.close()


def weights(run: Run, graph: Graph = GRAPH) -> dict[str, np.ndarray]:
    return {key: array.copy() for key, array in run.weights.by_name(graph, {}).items()}


def assert_same(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> None:
    for key, array in second.items():
        np.testing.assert_array_equal(first[key], array)


def test_the_best_weights_take_the_place_of_the_last_and_back(run: Run) -> None:
    chosen, last, checkpoint = BestChoice(run), weights(run), run.checkpoint
    best = chosen.best(GRAPH)
    assert best is checkpoint.best
    assert chosen.last(GRAPH) is None
    chosen.use_best(GRAPH)
    assert_same(weights(run), dict(best.arrays))
    assert (run.checkpoint.epoch, run.checkpoint.step, run.checkpoint.seen) == (best.epoch, best.step, 0)
    assert chosen.best(GRAPH) is None
    assert chosen.epoch_in_use(GRAPH) == best.epoch
    assert chosen.last(GRAPH) is checkpoint
    chosen.use_last(GRAPH)
    assert_same(weights(run), last)
    assert run.checkpoint is checkpoint
    assert chosen.best(GRAPH) is best


def test_training_from_the_best_weights_is_another_run_and_leaves_them_alone(run: Run) -> None:
    chosen, best = BestChoice(run), run.checkpoint.best
    before = {key: array.copy() for key, array in best.arrays.items()}
    chosen.use_best(GRAPH)
    train(run, best.epoch + 2)
    assert [record.title for record in run.records] == ["Run 1", "Run 2"]
    assert run.records[1].steps[0] == best.step + 1
    assert [done.epoch for done in run.records[1].epochs] == [best.epoch + 1, best.epoch + 2]
    assert_same(dict(best.arrays), before)
    assert chosen.last(GRAPH) is None


def test_training_goes_on_in_its_run_after_the_last_weights_are_back(run: Run) -> None:
    chosen = BestChoice(run)
    chosen.use_best(GRAPH)
    chosen.use_last(GRAPH)
    train(run, 31)
    (record,) = run.records
    assert [done.epoch for done in record.epochs] == list(range(1, 32))


def test_results_of_the_other_weights_are_out_of_date(run: Run) -> None:
    chosen, of_last = BestChoice(run), run.provenance()
    chosen.use_best(GRAPH)
    of_best = run.provenance()
    assert compare(of_last, of_best).changes == (Change.WEIGHTS,)
    chosen.use_last(GRAPH)
    assert compare(of_best, run.provenance()).changes == (Change.WEIGHTS,)


def test_nothing_is_offered_for_another_graph_or_without_a_best_epoch(run: Run) -> None:
    other = GRAPH.with_layer("conv", GRAPH.nodes["conv"].layer.with_params(filters=4))
    assert BestChoice(run).best(other) is None
    run.checkpoint.best = replace(run.checkpoint.best, step=run.checkpoint.step)
    assert BestChoice(run).best(GRAPH) is None
    run.checkpoint.best = None
    assert BestChoice(run).best(GRAPH) is None
