"""Declared parameters and their bundles: what is accepted, how refusal is said, what survives a file."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnstudio.data.xo import XOSettings
from cnnstudio.layers import LAYERS
from cnnstudio.operations import OPTIMIZERS
from cnnstudio.spec import (
    ParamError,
    Spec,
    choice,
    flag,
    integer,
    label_of,
    numbers,
    pair,
    params_of,
    real,
)
from cnnstudio.training.schedule import SCHEDULES
from cnnstudio.training.settings import Settings
from tests.support.strategies import cases, values_of


class Oven(Spec):
    """What the tests bake with."""

    kind = "oven"
    title = "Oven"

    rack: int = integer(default=2, min=1, max=5, help="Which rack is used.")
    heat: float = real(default=180.0, min=50.0, max=250.0, step=5.0, unit="°C", help="How hot it gets.")
    tray: tuple[int, int] = pair(default=(30, 40), min=1, max=60, unit="cm", help="How large the tray is.")
    minutes: tuple[float, ...] = numbers(
        default=(10, 20), min=0, max=90, lengths=(1, 3), integral=False, help="How long each phase takes."
    )
    mode: str = choice(default="air", options=("air", "grill"), labels=("Hot air", "Grill"), help="What heats.")
    fan: bool = flag(default=True, label="Use the fan", when=("mode", ("air",)), help="Move the air about.")
    speed: int = integer(default=1, min=1, max=3, when=("fan", (True,)), advanced=True, help="How fast the fan turns.")


class Bakery(Oven):
    """An oven with a door of its own."""

    door: int = integer(default=1, min=0, max=1, help="Which door opens.")


EVERY: list[type[Spec]] = [*LAYERS.values(), *OPTIMIZERS.values(), *SCHEDULES.values(), Settings, XOSettings]
every_spec = pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.__name__)


@pytest.mark.parametrize(
    ("name", "given_value", "kept"),
    [
        ("rack", 3.0, 3),
        ("heat", 200, 200.0),
        ("tray", 25, (25, 25)),
        ("tray", [20, 30.0], (20, 30)),
        ("minutes", [5], (5.0,)),
        ("minutes", (1, 2.5, 3), (1.0, 2.5, 3.0)),
        ("mode", "grill", "grill"),
        ("fan", False, False),
    ],
)
def test_values_are_kept_in_their_own_type(name: str, given_value: Any, kept: Any) -> None:
    found = getattr(Oven(**{name: given_value}), name)
    assert found == kept
    assert type(found) is type(kept)
    if isinstance(kept, tuple):
        assert [type(item) for item in found] == [type(item) for item in kept]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("rack", 6, "Rack: 6 is outside 1 to 5"),
        ("rack", 0, "Rack: 0 is outside 1 to 5"),
        ("rack", 2.5, "Rack: expected a whole number, got 2.5"),
        ("rack", True, "Rack: expected a number, got True"),
        ("rack", "2", "Rack: expected a number, got '2'"),
        ("rack", None, "Rack: expected a number, got None"),
        ("heat", float("nan"), "Heat: expected a finite number"),
        ("heat", float("inf"), "Heat: expected a finite number"),
        ("heat", 250.5, "Heat: 250.5 is outside 50 to 250"),
        ("tray", (30,), "Tray: expected a height and a width, got (30,)"),
        ("tray", "30", "Tray: expected a height and a width, got '30'"),
        ("tray", (30, 61), "Tray: 61 is outside 1 to 60"),
        ("minutes", (), "Minutes: expected 1 to 3 numbers, got ()"),
        ("minutes", (1, 2, 3, 4), "Minutes: expected 1 to 3 numbers"),
        ("minutes", 7, "Minutes: expected 1 to 3 numbers, got 7"),
        ("mode", "steam", "Mode: 'steam' is not one of air, grill"),
        ("mode", ["air"], "Mode: ['air'] is not one of air, grill"),
        ("fan", 1, "Use the fan: expected true or false, got 1"),
    ],
)
def test_errors_name_the_parameter_and_the_allowed_values(name: str, value: Any, message: str) -> None:
    with pytest.raises(ParamError, match=re.escape(message)):
        Oven(**{name: value})
    with pytest.raises(ParamError, match=re.escape(message)):
        Oven().with_params(**{name: value})


def test_an_instance_is_a_value() -> None:
    oven = Oven(rack=3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        oven.rack = 4  # type: ignore[misc]
    assert oven == Oven(rack=3) != Oven()
    assert hash(oven) == hash(Oven(rack=3.0))  # type: ignore[arg-type]
    assert oven.with_params(rack=2) == Oven()
    assert oven.rack == 3


def test_unknown_names_raise_in_code_and_are_ignored_in_files() -> None:
    with pytest.raises(TypeError):
        Oven(colour="red")  # type: ignore[call-arg]
    assert Oven.from_dict({"kind": "oven", "rack": 4, "colour": "red"}) == Oven(rack=4)
    assert Oven.from_dict({}) == Oven()
    with pytest.raises(ParamError):
        Oven.from_dict({"rack": 9})


def test_own_parameters_come_before_inherited_and_advanced_ones() -> None:
    assert [name for name, _ in params_of(Oven)] == ["rack", "heat", "tray", "minutes", "mode", "fan", "speed"]
    assert [name for name, _ in params_of(Bakery())] == [
        "door",
        "rack",
        "heat",
        "tray",
        "minutes",
        "mode",
        "fan",
        "speed",
    ]
    assert list(Bakery().to_dict()) == ["kind", "door", "rack", "heat", "tray", "minutes", "mode", "fan", "speed"]


def test_a_parameter_can_depend_on_one_that_depends_on_a_third() -> None:
    assert Oven().has_effect("speed")
    assert not Oven(fan=False).has_effect("speed")
    assert not Oven(mode="grill").has_effect("fan")
    assert not Oven(mode="grill").has_effect("speed")
    assert Oven(mode="grill").has_effect("rack")


def test_labels_and_formatted_values_are_readable() -> None:
    params = dict(params_of(Oven))
    assert [label_of(name, params[name]) for name in ("rack", "fan")] == ["Rack", "Use the fan"]
    written = {name: param.format(getattr(Oven(), name)) for name, param in params.items()}
    assert written == {
        "rack": "2",
        "heat": "180",
        "tray": "30 × 40",
        "minutes": "10, 20",
        "mode": "Hot air",
        "fan": "yes",
        "speed": "1",
    }
    reported = {name: param.describe() for name, param in params.items()}
    assert reported["heat"] == "50 to 250"
    assert reported["tray"] == "1 to 60, height × width"
    assert reported["minutes"] == "each 0 to 90"
    assert reported["mode"] == "air, grill"
    assert reported["fan"] == "yes or no"


@every_spec
@cases(20)
@given(data=st.data())
def test_every_spec_round_trips_through_json(cls: type[Spec], data: st.DataObject) -> None:
    drawn = {name: data.draw(values_of(param)) for name, param in params_of(cls)}
    spec = cls(**drawn)
    assert cls.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec
    assert spec.with_params() == spec
    assert all(isinstance(spec.has_effect(name), bool) for name in drawn)


@every_spec
def test_every_parameter_has_a_label_and_a_help_text(cls: type[Spec]) -> None:
    assert re.match(r"[A-Z]", cls.__doc__ or "")
    params = dict(params_of(cls))
    for name, param in params.items():
        assert re.fullmatch(r"[A-Za-z0-9].{10,}\.", param.help), f"{name}: {param.help}"
        assert param.accept(param.default) == param.default
        assert param.describe()
        if param.when is not None:
            assert param.when[0] in params
    assert len({label_of(name, param) for name, param in params.items()}) == len(params)
