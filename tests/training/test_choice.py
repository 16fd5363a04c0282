"""Training choices as values and as JSON."""

from __future__ import annotations

import json

import pytest

from cnnstudio.operations import OPTIMIZERS
from cnnstudio.spec import ParamError
from cnnstudio.training.schedule import SCHEDULES
from cnnstudio.training.settings import Settings, TrainingChoice


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_choice_round_trips_through_json(optimizer: str, schedule: str) -> None:
    choice = TrainingChoice(OPTIMIZERS[optimizer](), SCHEDULES[schedule](warmup=1.5), Settings(seed=7, clip=0.5))
    assert TrainingChoice.from_dict(json.loads(json.dumps(choice.to_dict()))) == choice


def test_the_error_for_an_unknown_kind_lists_the_known_ones() -> None:
    data = TrainingChoice().to_dict()
    with pytest.raises(ParamError, match=r"There is no optimizer 'lion'; there are sgd, momentum"):
        TrainingChoice.from_dict({**data, "optimizer": {"kind": "lion"}})
    with pytest.raises(ParamError, match=r"There is no schedule 'moon'; there are constant, step"):
        TrainingChoice.from_dict({**data, "schedule": {"kind": "moon"}})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"epochs": 0}, "Epochs: 0 is outside 1 to 100000"),
        ({"batch_size": 2.5}, "Batch size: expected a whole number"),
        ({"seed": -1}, "Seed: -1 is outside"),
        ({"clip_by": "weight"}, "is not one of norm, value"),
    ],
)
def test_settings_out_of_range_cannot_exist(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ParamError, match=said):
        Settings(**changes)  # type: ignore[arg-type]
