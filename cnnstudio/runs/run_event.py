"""What a run tells its listener: the events of training, changes of its state, and its end."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.engine.network import Network
from cnnstudio.runs.record import RunRecord
from cnnstudio.runs.state import RunState
from cnnstudio.runs.training_work import NetworkReady
from cnnstudio.runs.worker import Halted
from cnnstudio.training.events import Event


@dataclass(frozen=True)
class StateChanged:
    """A command or the worker has changed the state; for the end of a run, Ended says so."""

    state: RunState


@dataclass(frozen=True, eq=False)
class Ended:
    """The run is over and the state is idle: its record, what it trained, and the error that ended it, if one did."""

    record: RunRecord
    network: Network | None
    error: Exception | None


RunEvent = Event | NetworkReady | Halted | StateChanged | Ended
