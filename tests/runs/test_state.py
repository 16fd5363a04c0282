"""The table of transitions: complete, and the only place that allows or refuses."""

from __future__ import annotations

from itertools import product

import pytest

from cnnstudio.runs.state import TRANSITIONS, Action, IllegalActionError, RunState, next_state

ALLOWED_COMMANDS = {
    RunState.IDLE: {Action.START},
    RunState.STARTING: {Action.PAUSE, Action.STOP},
    RunState.RUNNING: {Action.PAUSE, Action.STOP},
    RunState.PAUSED: {Action.RESUME, Action.STEP, Action.STOP},
    RunState.STOPPING: {Action.STOP},
}
COMMANDS = {Action.START, Action.RESUME, Action.STEP, Action.PAUSE, Action.STOP}
REPORTS = (Action.BEGUN, Action.HALTED, Action.ENDED)
ACTIVE = [state for state in RunState if state is not RunState.IDLE]


@pytest.mark.parametrize("state", RunState)
def test_each_state_allows_only_its_commands(state: RunState) -> None:
    for action in COMMANDS:
        if action in ALLOWED_COMMANDS[state]:
            assert next_state(state, action) in RunState
        else:
            with pytest.raises(IllegalActionError, match=f"Cannot {action.value} a run that is {state.value}"):
                next_state(state, action)


@pytest.mark.parametrize(("state", "action"), list(product(ACTIVE, REPORTS)))
def test_an_active_run_accepts_every_report_of_its_worker(state: RunState, action: Action) -> None:
    assert (next_state(state, action) is RunState.IDLE) is (action is Action.ENDED)


@pytest.mark.parametrize("action", REPORTS)
def test_an_idle_run_accepts_no_reports(action: Action) -> None:
    with pytest.raises(IllegalActionError):
        next_state(RunState.IDLE, action)


def test_a_run_can_be_discarded_at_any_time() -> None:
    assert {next_state(state, Action.DISCARD) for state in RunState} == {RunState.IDLE}


def test_a_stopping_run_accepts_no_other_command() -> None:
    after = {target for (state, _), target in TRANSITIONS.items() if state is RunState.STOPPING}
    assert after == {RunState.STOPPING, RunState.IDLE}


def test_every_state_can_be_reached_and_left() -> None:
    assert {target for (state, _), target in TRANSITIONS.items() if target is not state} == set(RunState)
    assert {state for (state, _), target in TRANSITIONS.items() if target is not state} == set(RunState)
