"""The run behind the Train button: a trainer on a thread, what it tells, and how to go on where it stopped."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import QObject, QTimer, Signal

from cnnstudio.engine.network import Network
from cnnstudio.engine.weights import Weights
from cnnstudio.gui.state.data_source import DataSource, Probe
from cnnstudio.gui.state.learned import Snapshot
from cnnstudio.gui.state.live_network import LiveNetwork
from cnnstudio.gui.state.refresh_rate import Rhythm
from cnnstudio.gui.state.run_work import NetworkReady, work_of
from cnnstudio.gui.state.session import Session
from cnnstudio.gui.state.worker import Worker
from cnnstudio.operations import Optimizer
from cnnstudio.project import Project
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.events import (
    BatchDone,
    Command,
    EpochDone,
    LookAt,
    ProbeSeen,
    SetRate,
    SnapshotTaken,
    Stop,
    TakeSnapshot,
)
from cnnstudio.training.history import History

DRAIN_EVERY = 50  # milliseconds between two looks at what the trainer has told
WATCH_SECONDS = 5.0  # that a run lasts at least where it is to be watched


class RunState(Enum):
    """What the Train, Pause, Step and Stop buttons go by."""

    IDLE = "idle"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"


class LiveRun(QObject):
    """Starts, pauses and stops training, and keeps the history of every run of this project."""

    state_changed = Signal(object)  # RunState
    run_added = Signal(object)  # History: a run begins
    runs_forgotten = Signal()  # another project was opened
    progressed = Signal(object)  # History: it has grown, at most ten times a second
    epoch_done = Signal(object)  # EpochDone
    finished = Signal(object)  # RunDone
    failed = Signal(object)  # the exception that ended it
    device_changed = Signal(str)  # what computes, or is going to

    def __init__(self, session: Session, data: DataSource, live: LiveNetwork, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._data, self._live = session, data, live
        self._worker: Worker | None = None
        self._checkpoint = Checkpoint()
        self._trained: object = None  # the wiring that the checkpoint belongs to
        self._network: Network | None = None  # that the run trains, once it is built
        self._asked: deque[Callable[[Snapshot], object]] = deque()  # who waits for a snapshot
        self.device = "numpy"
        self.watchable = True
        self.state = RunState.IDLE
        self.histories: list[History] = []
        self._optimizer: Optimizer | None = None  # of the run that goes on
        self._rhythm = Rhythm()
        self._news = False  # that is not shown yet
        self._seen: ProbeSeen | None = None  # the last look at the probe, until it is shown
        data.probe_changed.connect(self._on_probe_changed)
        live.network_changed.connect(self._on_network_changed)
        session.project_changed.connect(self._on_project_changed)
        self._timer = QTimer(self)
        self._timer.setInterval(DRAIN_EVERY)
        self._timer.timeout.connect(self._drain)

    def why_not(self) -> str:
        """Why training cannot start now, in one sentence; empty where it can."""
        if self._data.dataset is None or self._data.reading:
            return "The data is not there yet."
        first = next((problem for problem in self._session.report.problems if not problem.warning), None)
        if first is None:
            return ""
        return f"{self._session.graph.nodes[first.node].name}: {first.message}" if first.node else first.message

    def start(self) -> None:
        """Begin to train, or go on."""
        if self._worker is None:
            self._begin(paused_after=None)
        elif self.state is RunState.PAUSED:
            self._worker.resume()
            self._enter(RunState.RUNNING)

    def pause(self) -> None:
        """Wait after the batch at hand."""
        if self._worker is not None and self.state is RunState.RUNNING:
            self._worker.pause()
            self._enter(RunState.PAUSED)

    def step(self) -> None:
        """Learn from one batch, then wait."""
        if self._worker is None:
            self._begin(paused_after=BatchDone)
        elif self.state is RunState.PAUSED:
            self._worker.resume_until(BatchDone)

    def stop(self) -> None:
        """End the run after the batch at hand; the weights stay, and `start` goes on from there."""
        if self._worker is not None:
            self._worker.send(Stop())
            self._worker.resume()  # the run tells how it ended, paused or not
            self._enter(RunState.STOPPING)

    def set_rate(self, rate: float) -> None:
        """Change the learning rate of the run that goes on."""
        self._send(SetRate(rate))

    def set_device(self, name: str) -> None:
        """What the next run computes on: numpy, auto, or one of OpenCL's."""
        self.device = name
        self.device_changed.emit(name)

    def set_watchable(self, watchable: bool) -> None:
        """Whether a run is slowed down so that it lasts some seconds."""
        self.watchable = watchable
        if self._worker is not None:
            self._worker.pace(BatchDone, self._pace(self._session.project))

    @property
    def elsewhere(self) -> bool:
        """Whether a run goes on that trains another network than the one on the canvas."""
        return self._worker is not None and self._session.graph.wiring != self._trained

    def take_snapshot(self, then: Callable[[Snapshot], object]) -> None:
        """Hand over what is learned by now: at once if nothing runs, else after the batch at hand."""
        if self._worker is not None:
            self._asked.append(then)
            self._send(TakeSnapshot())
        else:
            then(self._snapshot(None, self._checkpoint))

    def begin(self, checkpoint: Checkpoint | None) -> None:
        """Forget all runs, as when another project is opened; the next goes on from this checkpoint."""
        self.give_up()
        self.histories.clear()
        self._checkpoint = checkpoint or Checkpoint()
        self._trained = self._session.graph.wiring if checkpoint else None
        self.runs_forgotten.emit()

    def give_up(self) -> None:
        """End the run, and forget what it learns; its thread ends by itself after the batch or validation at hand."""
        if self._asked:
            self.close()  # who asked for what is learned is to get it
        elif self._worker is not None:
            self._worker.stop()
            self._worker.finished.connect(self._worker.deleteLater)
            self._let_go()
            self._enter(RunState.IDLE)

    def close(self) -> None:
        """Stop, and wait for the threads to end: they must not outlive the program."""
        for worker in self.findChildren(Worker):
            worker.stop()
            worker.wait()
        if self._worker is not None:
            self._end()

    def _begin(self, paused_after: type | None) -> None:
        project, dataset = self._session.project, self._data.dataset
        if dataset is None or self.why_not():
            return
        if project.graph.wiring != self._trained:
            self._checkpoint, self._trained = Checkpoint(), project.graph.wiring
        self._checkpoint.rate = None  # the project's rate holds
        self._optimizer = project.training.optimizer
        network = self._live.network if self._live.current else None
        title = f"Run {len(self.histories) + 1}"
        self.histories.append(History(title))
        self.run_added.emit(self.histories[-1])
        learned, probe = self._live.learned.copy(), self._data.probe
        work = work_of(project, dataset, network, learned, self._checkpoint, self.device, probe)
        self._worker = Worker(work, self)
        self._worker.failed.connect(self._on_failed)
        self._worker.finished.connect(self._on_thread_finished)
        self._worker.pace(BatchDone, self._pace(project))
        if paused_after is not None:
            self._worker.resume_until(paused_after)
        self._worker.start()
        self._timer.start()
        self._enter(RunState.RUNNING)

    def _pace(self, project: Project) -> float:
        """Steps a second that make a run last long enough to watch; 0 is full speed."""
        if not self.watchable or self._data.dataset is None:
            return 0.0
        settings = project.training.settings
        return settings.epochs * settings.steps_per_epoch(self._data.dataset.size("train")) / WATCH_SECONDS

    def _drain(self) -> None:
        """Hand out what the trainer has told since the last time; of several looks at the probe only the last."""
        if self._worker is None:
            return
        history, ended = self.histories[-1], self._worker.isFinished()
        events = self._worker.take()
        for event in events:
            history.add(event)
            if isinstance(event, ProbeSeen):
                self._seen = event
            elif isinstance(event, NetworkReady):
                self._network = event.network
                self._live.lend(event.network, event.graph)
            elif isinstance(event, EpochDone):
                self.epoch_done.emit(event)
            elif isinstance(event, SnapshotTaken):
                self._asked.popleft()(self._snapshot(event.weights, event.checkpoint))
                if self._worker is None:
                    return  # the window was closed, for it is saved now
        self._news = self._news or bool(events)
        if self._news and (ended or self._worker.paused or self._rhythm.due()):
            self._show(history)
        if self._worker.paused:
            if any(isinstance(event, BatchDone) for event in events):
                self._on_probe_changed(self._data.probe)  # to see what this batch did, not the one before
            if self.state is RunState.RUNNING:
                self._enter(RunState.PAUSED)

    def _show(self, history: History) -> None:
        """Tell everyone how far the run is and what it sees."""
        seen, self._seen, self._news = self._seen, None, False
        self.progressed.emit(history)
        if seen is not None and self._live.network is self._network:
            self._live.show(seen.maps, seen.step)

    def _on_thread_finished(self) -> None:
        if self._worker is not None and self.sender() is self._worker:
            self._drain()
            if self._worker is not None:
                self._end()

    def _end(self) -> None:
        assert self._worker is not None
        self._worker.deleteLater()
        history = self.histories[-1]
        self._let_go()
        self._live.take_back(learned=history.last is not None)
        self._enter(RunState.IDLE)
        if history.done is not None:
            self.finished.emit(history.done)
        while self._asked:  # the run ended before it could answer
            self._asked.popleft()(self._snapshot(None, self._checkpoint))

    def _let_go(self) -> None:
        self._timer.stop()
        self._worker, self._network, self._seen, self._news = None, None, None, False

    def _snapshot(self, weights: Weights | None, checkpoint: Checkpoint) -> Snapshot:
        """What is learned, with these weights of the run; None: nothing runs, so those that are there."""
        live, goes_on = self._live, self._session.graph.wiring == self._trained
        learned, shown = live.learned.copy(), live.network
        taken = weights.arrays if weights is not None else {}
        learned.keep(taken)
        arrays = learned.by_name(self._session.graph, shown.program.weights if shown is not None else {})
        network = None
        if shown is not None and live.current and not self.elsewhere:
            network = Network(shown.program, weights) if weights is not None else shown.copy()
        return Snapshot(
            arrays={key: array if taken.get(key) is array else array.copy() for key, array in arrays.items()},
            network=network,
            checkpoint=copy.deepcopy(checkpoint) if goes_on else None,
            step=checkpoint.step,
        )

    def _on_failed(self, error: Exception) -> None:
        if self.sender() is self._worker:
            self.failed.emit(error)

    def _on_project_changed(self, project: Project) -> None:
        """Pass on another learning rate, however it was changed; all else takes effect with the next run."""
        chosen, running = project.training.optimizer, self._optimizer
        if self._worker is None or running is None or type(chosen) is not type(running):
            return
        if chosen.rate != running.rate:
            self._optimizer = running.with_params(rate=chosen.rate)
            self.set_rate(chosen.rate)

    def _on_probe_changed(self, probe: Probe | None) -> None:
        if probe is not None:  # the run passes over one that does not suit its network
            self._send(LookAt(probe.scaled))

    def _on_network_changed(self, network: Network | None) -> None:
        if network is self._network:
            self._on_probe_changed(self._data.probe)  # for nobody else looks with a network that is trained

    def _send(self, command: Command) -> None:
        if self._worker is not None:
            self._worker.send(command)

    def _enter(self, state: RunState) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)
