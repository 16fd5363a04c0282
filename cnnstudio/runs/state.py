"""The states of a run, what happens in them, and where that leads."""

from __future__ import annotations

from enum import Enum


class RunState(Enum):
    """What the Train, Pause, Step and Stop buttons go by."""

    IDLE = "idle"
    STARTING = "starting"  # building the network, choosing the device
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"

    @property
    def in_progress(self) -> bool:
        """Whether it trains or is about to."""
        return self in (RunState.STARTING, RunState.RUNNING)


class Action(Enum):
    """What changes the state: commands first, then what the worker reports."""

    START = "start"
    RESUME = "resume"
    STEP = "step"
    PAUSE = "pause"
    STOP = "stop"
    DISCARD = "discard"
    BEGUN = "begun"  # training has begun
    HALTED = "halted"  # the worker waits, after a step or because it was paused
    ENDED = "ended"


_IDLE, _STARTING, _RUNNING, _PAUSED, _STOPPING = RunState

TRANSITIONS: dict[tuple[RunState, Action], RunState] = {
    (_IDLE, Action.START): _STARTING,
    (_IDLE, Action.DISCARD): _IDLE,
    (_STARTING, Action.PAUSE): _PAUSED,
    (_STARTING, Action.STOP): _STOPPING,
    (_STARTING, Action.DISCARD): _IDLE,
    (_STARTING, Action.BEGUN): _RUNNING,
    (_STARTING, Action.HALTED): _PAUSED,
    (_STARTING, Action.ENDED): _IDLE,
    (_RUNNING, Action.PAUSE): _PAUSED,
    (_RUNNING, Action.STOP): _STOPPING,
    (_RUNNING, Action.DISCARD): _IDLE,
    (_RUNNING, Action.BEGUN): _RUNNING,  # paused and resumed while it was starting
    (_RUNNING, Action.HALTED): _PAUSED,
    (_RUNNING, Action.ENDED): _IDLE,
    (_PAUSED, Action.RESUME): _RUNNING,
    (_PAUSED, Action.STEP): _PAUSED,
    (_PAUSED, Action.STOP): _STOPPING,
    (_PAUSED, Action.DISCARD): _IDLE,
    (_PAUSED, Action.BEGUN): _PAUSED,
    (_PAUSED, Action.HALTED): _PAUSED,
    (_PAUSED, Action.ENDED): _IDLE,
    (_STOPPING, Action.STOP): _STOPPING,
    (_STOPPING, Action.DISCARD): _IDLE,
    (_STOPPING, Action.BEGUN): _STOPPING,
    (_STOPPING, Action.HALTED): _STOPPING,
    (_STOPPING, Action.ENDED): _IDLE,
}


class IllegalActionError(RuntimeError):
    """An action that the run's state does not allow."""


def next_state(state: RunState, action: Action) -> RunState:
    """The state after the action. Raises IllegalActionError where the state does not allow it."""
    if (state, action) not in TRANSITIONS:
        raise IllegalActionError(f"Cannot {action.value} a run that is {state.value}.")
    return TRANSITIONS[state, action]
