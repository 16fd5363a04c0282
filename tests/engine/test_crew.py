"""Threads that share a step: each runs its part, sums are in order, and what one raises reaches the caller."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from cnnstudio.engine.numpy.thread_team import Crew, Exchange


@pytest.mark.parametrize("size", [1, 2, 5])
def test_every_member_runs_once_a_turn(size: int) -> None:
    crew, seen = Crew(size), []
    for members in range(1, size + 1):
        seen.clear()
        crew.run(seen.append, members)
        assert sorted(seen) == list(range(members))
    crew.close()


def test_closing_ends_the_threads() -> None:
    before = threading.active_count()
    crew = Crew(4)
    assert threading.active_count() == before + 3
    crew.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("member", [0, 2])
def test_what_a_member_raises_reaches_the_caller_and_the_crew_goes_on(member: int) -> None:
    crew = Crew(3)

    def task(number: int) -> None:
        if number == member:
            raise ZeroDivisionError(number)

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            crew.run(task, 3)
    crew.run(lambda number: None, 3)
    crew.close()


def test_members_add_up_arrays_in_one_order() -> None:
    crew, exchange = Crew(3), Exchange(3)
    rng = np.random.default_rng(0)
    parts = rng.normal(size=(3, 50, 4)).astype(np.float32)
    wanted = []
    for turn in range(50):
        found = parts[:, turn].copy()

        def task(number: int, found: np.ndarray = found) -> None:
            exchange.sum(found[number])
            exchange.sum(found[number])

        crew.run(exchange.attend(task), 3)
        assert np.array_equal(found[0], found[1])
        assert np.array_equal(found[0], found[2])
        wanted.append(np.add.reduce([np.add.reduce(list(parts[:, turn]))] * 3))
        np.testing.assert_array_equal(found[0], wanted[-1])
    crew.close()


def test_a_member_that_fails_frees_those_that_wait_for_it() -> None:
    crew, exchange = Crew(3), Exchange(3)

    def fails(number: int) -> None:
        if number == 1:
            raise ZeroDivisionError
        exchange.sum(np.ones(2))

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            crew.run(exchange.attend(fails), 3)
    parts = np.ones((3, 2))
    crew.run(exchange.attend(lambda number: exchange.sum(parts[number])), 3)
    np.testing.assert_array_equal(parts, 3)
    crew.close()
