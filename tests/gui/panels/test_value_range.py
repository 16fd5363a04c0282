"""Which values a plot shows: all, but for a few far above the rest."""

from __future__ import annotations

import numpy as np
import pytest

from cnnstudio.array import Array
from cnnstudio.gui.panels.curves.value_range import value_range
from cnnstudio.runs.curves import Curve
from cnnstudio.runs.record import smooth

RNG = np.random.default_rng(0)
CALM = 0.6 * np.exp(-np.arange(2000) / 500) + 0.05 + 0.02 * RNG.random(2000)


def curve(losses: Array, validation: Array | None = None) -> Curve:
    told = np.empty(0) if validation is None else validation
    epochs = np.arange(len(losses)) / 200.0
    return Curve(epochs, losses, smooth(losses, 20), np.arange(len(told)) + 1.0, told, (), 10.0)


def with_values(places: dict[int, float]) -> Array:
    values = CALM.copy()
    values[list(places)] = list(places.values())
    return values


@pytest.mark.parametrize("places", [{0: 4000.0}, {0: 4000.0, 1200: 900.0}, dict.fromkeys(range(40), 50.0)])
def test_a_few_huge_values_lie_beyond_the_top(places: dict[int, float]) -> None:
    usual, shown = value_range([curve(CALM)], log=False), value_range([curve(with_values(places))], log=False)
    assert shown.top < 2 * usual.top
    assert shown.cut
    assert not usual.cut
    whole = value_range([curve(with_values(places))], log=False, whole=True)
    assert whole.top > max(places.values()) / 2
    assert not whole.cut


def test_a_start_that_falls_steeply_but_steadily_does_not_flatten_the_rest() -> None:
    losses = np.concatenate([4000.0 * 0.8 ** np.arange(40), CALM])
    assert value_range([curve(losses)], log=False).top < 15.0


@pytest.mark.parametrize(
    "losses",
    [
        2.3 * np.exp(-np.arange(2000) / 300) + 0.1,
        np.linspace(0.1, 5.0, 1000),
        np.array([4000.0, 1.0]),
        np.full(100, 0.3),
    ],
    ids=["falling", "rising", "two steps", "constant"],
)
def test_a_usual_curve_is_shown_whole(losses: Array) -> None:
    assert not value_range([curve(losses)], log=False).cut


def test_a_validation_loss_that_grows_is_shown_whole() -> None:
    shown = value_range([curve(CALM * 0.01, np.linspace(0.5, 4.0, 60))], log=False)
    assert shown.top > 4.0


def test_values_that_are_not_finite_do_not_count() -> None:
    shown = value_range([curve(with_values({5: np.inf, 6: np.nan}))], log=False)
    assert 0.6 < shown.top < 1.0


def test_a_logarithmic_range_shows_spikes_that_leave_room_for_the_rest() -> None:
    shown = value_range([curve(with_values({100: 20.0}))], log=True)
    assert not shown.cut
    assert 0.0 < shown.bottom < 0.1
    assert value_range([curve(with_values({100: 1e5}))], log=True).cut
