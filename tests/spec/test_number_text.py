"""Typed numbers, and the steps of arrow keys."""

from __future__ import annotations

import math

import pytest

from cnnstudio.operations.optimizer import Adam, Momentum
from cnnstudio.spec import NumberParam, ParamError, params_of
from cnnstudio.spec.number_text import (
    format_decimals,
    format_number,
    format_numbers,
    parse_number,
    parse_numbers,
    step_number,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        (" 0,5 ", 0.5),
        ("1e-8", 1e-8),
        ("−3", -3),
        ("1 200", 1200),
        ("1\u2009200", 1200),
        ("1\u202f200", 1200),
        ("2.0", 2.0),
    ],
)
def test_parses_common_notations(text: str, value: float) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize(
    ("value", "text"), [(0.25, "0.2500"), (1234.5, "1234.5000"), (4.269e59, "4.27e59"), (math.inf, "inf")]
)
def test_a_number_with_too_many_digits_gets_an_exponent(value: float, text: str) -> None:
    assert format_decimals(value, 4) == text


@pytest.mark.parametrize("text", ["five", "", "1.2.3", "5 px"])
def test_an_error_quotes_text_that_is_not_a_number(text: str) -> None:
    with pytest.raises(ParamError, match=r"number"):
        parse_number(text)


@pytest.mark.parametrize("text", ["1, 28, 28", "1 × 28 × 28", "1x28x28", "1 28 28", "1; 28 ;28"])
def test_lists_may_use_any_separator(text: str) -> None:
    assert parse_numbers(text) == (1, 28, 28)


def test_empty_text_is_an_empty_list() -> None:
    assert parse_numbers("  ") == ()


@pytest.mark.parametrize(
    ("value", "text"), [(1e-8, "1e-8"), (0.001, "0.001"), (0.1 + 0.2, "0.3"), (100.0, "100"), (2.5e-5, "2.5e-5")]
)
def test_formatted_numbers_are_short_and_parse_to_the_same_value(value: float, text: str) -> None:
    assert format_number(value) == text
    assert parse_number(text) == pytest.approx(value)


def test_a_formatted_list_parses_to_the_same_list() -> None:
    assert parse_numbers(format_numbers((1.0, 0.25, 3.0))) == (1.0, 0.25, 3.0)


def _param(optimizer: type, name: str) -> NumberParam:
    param = dict(params_of(optimizer))[name]
    assert isinstance(param, NumberParam)
    return param


def test_a_learning_rate_steps_by_its_leading_digit() -> None:
    rate = _param(Adam, "rate")
    assert [step_number(rate, 0.001, steps) for steps in (1, 2, -1, -2)] == [0.002, 0.003, 0.0009, 0.0008]
    assert step_number(rate, 0.009, 2) == 0.02
    assert step_number(rate, 0.0, 1) == rate.step


def test_stepping_down_ends_at_zero_and_up_at_the_largest() -> None:
    rate = _param(Adam, "rate")
    assert step_number(rate, 0.001, -200) == 0.0
    assert step_number(rate, 50.0, 100) == rate.max


def test_a_fraction_steps_evenly() -> None:
    momentum = _param(Momentum, "momentum")
    assert step_number(momentum, 0.9, -1) == 0.89
    assert step_number(momentum, 0.99, 1) == momentum.max


def test_whole_numbers_stay_whole() -> None:
    units = NumberParam(default=10, help="", min=1, max=65536, step=1, integral=True)
    assert step_number(units, 10, 10) == 20
    assert isinstance(step_number(units, 10, 1), int)
