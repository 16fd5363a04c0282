"""Threads that share a step: each runs its shard, sums have one order, and exceptions reach the caller."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from cnnstudio.engine.numpy.all_reduce import AllReduce
from cnnstudio.engine.numpy.thread_team import ThreadTeam


@pytest.mark.parametrize("size", [1, 2, 5])
def test_every_index_runs_once(size: int) -> None:
    team = ThreadTeam(size)
    called: list[int] = []
    for count in range(1, size + 1):
        called.clear()
        team.run(called.append, count)
        assert sorted(called) == list(range(count))
    team.close()


def test_closing_ends_the_threads() -> None:
    before = threading.active_count()
    team = ThreadTeam(4)
    assert threading.active_count() == before + 3
    team.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("failing", [0, 2])
def test_an_exception_reaches_the_caller_and_the_team_still_works(failing: int) -> None:
    team = ThreadTeam(3)

    def task(index: int) -> None:
        if index == failing:
            raise ZeroDivisionError(index)

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            team.run(task, 3)
    team.run(lambda index: None, 3)
    team.close()


def test_all_reduce_sums_in_a_fixed_order() -> None:
    team, all_reduce = ThreadTeam(3), AllReduce(3)
    rng = np.random.default_rng(0)
    parts = rng.normal(size=(3, 50, 4)).astype(np.float32)
    expected = []
    for turn in range(50):
        found = parts[:, turn].copy()

        def task(index: int, found: np.ndarray = found) -> None:
            all_reduce.sum(found[index])
            all_reduce.sum(found[index])

        team.run(all_reduce.wrap(task), 3)
        assert np.array_equal(found[0], found[1])
        assert np.array_equal(found[0], found[2])
        expected.append(np.add.reduce([np.add.reduce(list(parts[:, turn]))] * 3))
        np.testing.assert_array_equal(found[0], expected[-1])
    team.close()


def test_a_task_that_fails_frees_those_waiting_for_its_sum() -> None:
    team, all_reduce = ThreadTeam(3), AllReduce(3)

    def fails(index: int) -> None:
        if index == 1:
            raise ZeroDivisionError
        all_reduce.sum(np.ones(2))

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            team.run(all_reduce.wrap(fails), 3)
    parts = np.ones((3, 2))
    team.run(all_reduce.wrap(lambda index: all_reduce.sum(parts[index])), 3)
    np.testing.assert_array_equal(parts, 3)
    team.close()
