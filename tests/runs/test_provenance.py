"""What a result was computed from is compared with what the program works on now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnnstudio.runs.provenance import Change, Provenance, compare

IMAGE = object()
RESULT = Provenance(project=2, wiring="a net", steps=100, seed=1, data=("xo", 1), image=IMAGE)


def test_what_would_be_computed_now_is_current() -> None:
    freshness = compare(RESULT, replace(RESULT))
    assert freshness.current
    assert freshness.reasons() == ""


@pytest.mark.parametrize(
    ("changed", "reasons"),
    [
        ({"wiring": "another"}, "the network was edited"),
        ({"seed": 2}, "other weights"),
        ({"steps": 101}, "trained 1 step further"),
        ({"steps": 1300}, "trained 1\u202f200 steps further"),
        ({"steps": 50}, "other weights"),
        ({"data": ("digits", 1)}, "other data"),
        ({"image": object()}, "another image"),
        ({"wiring": "another", "steps": 22_766}, "the network was edited, trained 22\u202f666 steps further"),
    ],
)
def test_the_reasons_why_a_result_is_out_of_date(changed: dict[str, object], reasons: str) -> None:
    freshness = compare(RESULT, replace(RESULT, **changed))  # type: ignore[arg-type]
    assert freshness.related
    assert not freshness.current
    assert freshness.reasons() == reasons


def test_a_result_of_another_project_is_not_related() -> None:
    assert not compare(RESULT, replace(RESULT, project=3)).related


def test_what_a_result_does_not_depend_on_does_not_matter() -> None:
    weights_only = replace(RESULT, seed=None, data=None, image=None)
    assert compare(weights_only, replace(RESULT, seed=9, data=("digits", 1), image=object())).current


def test_a_change_that_does_not_matter_to_somebody_is_left_out() -> None:
    freshness = compare(RESULT, replace(RESULT, steps=200)).without(Change.TRAINING)
    assert freshness.current
