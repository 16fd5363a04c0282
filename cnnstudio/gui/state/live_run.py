"""The run behind the Train button: puts the events of `Run` on the GUI thread, and shows them at a limited rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from cnnstudio.engine.network import Network
from cnnstudio.gui.state.data_source import DataSource, Probe
from cnnstudio.gui.state.live_network import LiveNetwork
from cnnstudio.gui.state.refresh_rate import RefreshRate
from cnnstudio.gui.state.session import Session
from cnnstudio.operations import Optimizer
from cnnstudio.project import Project
from cnnstudio.project.saved_run import SavedRun
from cnnstudio.runs.continuation import describe_continuation
from cnnstudio.runs.provenance import Provenance
from cnnstudio.runs.record import RunRecord
from cnnstudio.runs.run import Run
from cnnstudio.runs.run_event import Ended, RunEvent, StateChanged
from cnnstudio.runs.snapshot import Snapshot, TrainingState
from cnnstudio.runs.state import RunState
from cnnstudio.runs.training_work import NetworkReady, RunRequest
from cnnstudio.runs.weight_store import WeightStore
from cnnstudio.runs.worker import Halted
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.events import EpochDone, ProbeMaps
from cnnstudio.training.position import Pace

WATCH_SECONDS = 5.0  # that a run lasts at least where it is slowed down to be watched


class LiveRun(QObject):
    """Starts, pauses and stops training of the project in the window. Commands that make no sense now are ignored."""

    state_changed = Signal(object)  # RunState
    run_started = Signal(object)  # RunRecord: a run begins or goes on
    continues = Signal(str)  # a run is about to go on: from where, and how far
    runs_replaced = Signal()  # another project was opened, perhaps with runs, or all runs were forgotten
    weights_forgotten = Signal()  # the next run starts with new ones; the runs stay
    progressed = Signal(object)  # RunRecord: it has grown, at most ten times a second
    epoch_done = Signal(object)  # EpochDone
    finished = Signal(object)  # RunDone
    failed = Signal(object)  # the exception that ended it
    device_changed = Signal(str)  # the device of the next run
    _woken = Signal(bool)  # events wait; whether somebody waits for them

    def __init__(
        self, session: Session, data: DataSource, live: LiveNetwork, run: Run, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._data, self._live, self._run = session, data, live, run
        self.device = "numpy"
        self.watchable = True
        self.agree: Callable[[], bool] = lambda: True  # asked before training starts
        self._optimizer: Optimizer | None = None  # of the active run
        self._refresh = RefreshRate()
        self._unshown = False  # whether there is something that is not shown yet
        self._maps: ProbeMaps | None = None  # the newest, until they are shown
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._process)
        self._woken.connect(self._on_woken, Qt.ConnectionType.QueuedConnection)
        run.notify, run.listener = self._woken.emit, self._on_event
        data.probe_changed.connect(self._send_probe)
        live.network_changed.connect(self._on_network_changed)
        session.project_changed.connect(self._on_project_changed)

    @property
    def state(self) -> RunState:
        """What the run does now."""
        return self._run.state

    @property
    def step_progress(self) -> float:
        """How much of the current step or validation is done, from 0 to 1."""
        return self._run.progress

    @property
    def records(self) -> list[RunRecord]:
        """The runs of this project."""
        return self._run.records

    @property
    def trains_other_network(self) -> bool:
        """Whether the active run trains another network than the one on the canvas."""
        return self.state is not RunState.IDLE and self._session.graph.wiring != self._run.wiring

    @property
    def provenance(self) -> Provenance:
        """What the last run has trained, and on what."""
        return self._run.provenance()

    def why_not(self) -> str:
        """Why training cannot start now, in one sentence; empty where it can."""
        if self._data.dataset is None or self._data.reading:
            return "The dataset is not loaded yet."
        first = next((problem for problem in self._session.report.problems if not problem.warning), None)
        if first is None:
            return ""
        return f"{self._session.graph.nodes[first.node].name}: {first.message}" if first.node else first.message

    def what_start_does(self) -> str:
        """From where training would continue now, and how far, in a sentence; empty where it would begin."""
        dataset, project, run = self._data.dataset, self._session.project, self._run
        if self.state is not RunState.IDLE or dataset is None or run.wiring != project.graph.wiring:
            return ""
        return describe_continuation(run.checkpoint, dataset.size("train"), project.training.settings.epochs)

    def start(self) -> None:
        """Start training, if `agree` does, or resume it."""
        if self.state is RunState.IDLE:
            if not self.why_not() and self.agree():
                self._start(pause_after_step=False)
        elif self.state is RunState.PAUSED:
            self._run.resume()

    def pause(self) -> None:
        """Wait after the current step."""
        if self.state.in_progress:
            self._run.pause()

    def step(self) -> None:
        """Make one training step, then wait."""
        if self.state is RunState.IDLE:
            self._start(pause_after_step=True)
        elif self.state is RunState.PAUSED:
            self._run.step()

    def stop(self) -> None:
        """End the run after the current step; the weights stay, and `start` continues from there."""
        if self.state is not RunState.IDLE:
            self._run.stop()

    def set_learning_rate(self, rate: float) -> None:
        """Change the learning rate of the active run."""
        self._run.set_learning_rate(rate)

    def set_device(self, name: str) -> None:
        """Choose the device of the next run: numpy, auto, or one of OpenCL's."""
        self.device = name
        self.device_changed.emit(name)

    def set_watchable(self, watchable: bool) -> None:
        """Choose whether runs are slowed down so that they last some seconds."""
        self.watchable = watchable
        self._run.limit_speed(self._steps_per_second())

    def take_snapshot(self, then: Callable[[Snapshot], object]) -> None:
        """Call `then` with what is trained by now: at once if no run is active, else after the current step."""
        self._run.take_snapshot(lambda progress: then(self._snapshot(progress)))

    def begin(
        self, weights: WeightStore, checkpoint: Checkpoint | None, wiring: object, runs: Sequence[SavedRun] = ()
    ) -> None:
        """Forget all runs and weights but these, as when another project is opened.

        The next run continues from them, the checkpoint where its graph has this wiring.
        """
        self.discard()
        self._run.begin(weights, checkpoint, wiring, runs)
        self.runs_replaced.emit()

    def copied_records(self) -> list[RunRecord]:
        """The records as they are now, for a thread that saves them."""
        return [record.copy() for record in self.records]

    def start_over(self) -> None:
        """Forget all weights, but keep the runs."""
        self.discard()
        self._run.start_over()
        self.weights_forgotten.emit()

    @property
    def started_over(self) -> bool:
        """Whether the weights that the last run trained were thrown away."""
        return self._run.started_over

    def discard(self) -> None:
        """End the run without its result, without waiting for its thread."""
        self._optimizer = None
        self._run.discard()
        self._clear_unshown()

    def close(self) -> None:
        """Stop, and wait for the threads to end: they must not outlive the program."""
        self._run.close()
        self._clear_unshown()

    def _start(self, *, pause_after_step: bool) -> None:
        project, dataset, probe = self._session.project, self._data.dataset, self._data.probe
        if dataset is None or self.why_not():
            return
        self._optimizer = project.training.optimizer
        if words := self.what_start_does():
            self.continues.emit(words)
        request = RunRequest(
            graph=project.graph,
            training=project.training,
            dataset=dataset,
            device=self.device,
            network=self._live.network if self._live.current else None,
            probe=probe.scaled if probe is not None else None,
            data_version=self._data.version,
        )
        self._run.start(request, pause_after_step=pause_after_step, steps_per_second=self._steps_per_second())

    def _steps_per_second(self) -> float:
        """The speed at which a run lasts long enough to watch; 0 is full speed."""
        if not self.watchable or self._data.dataset is None:
            return 0.0
        settings = self._session.project.training.settings
        pace = Pace(self._data.dataset.size("train"), settings.batch_size)
        return settings.epochs * pace.steps_per_epoch / WATCH_SECONDS

    def _snapshot(self, progress: TrainingState) -> Snapshot:
        live, complete = self._live, self._live.current and not self.trains_other_network
        return Snapshot.take(self._session.graph, self._run.weights, progress, live.network, complete=complete)

    def _on_woken(self, urgent: bool) -> None:
        if urgent or self.state is RunState.PAUSED:
            self._process()
        else:
            self._process_later()

    def _process_later(self) -> None:
        """Process and show events as soon as the next update is due."""
        if not self._timer.isActive():
            self._timer.start(math.ceil(self._refresh.delay() * 1000))

    def _process(self) -> None:
        """Apply what the run has reported, and show it if an update is due."""
        self._run.process()
        if not self._unshown:
            return
        if self.state is RunState.PAUSED or not self._refresh.delay():
            self._show()
        else:
            self._process_later()

    def _show(self) -> None:
        """Report how far the run is; of several feature maps only the newest are shown."""
        maps = self._maps
        self._refresh.begin_update()
        self._clear_unshown()
        self.progressed.emit(self.records[-1])
        if maps is not None and self._live.network is self._run.network:
            self._live.show(maps.maps, maps.step, maps.image)

    def _clear_unshown(self) -> None:
        self._timer.stop()
        self._unshown, self._maps = False, None

    def _on_event(self, event: RunEvent) -> None:
        if isinstance(event, StateChanged):
            if event.state is RunState.STARTING:
                self.run_started.emit(self.records[-1])
            self.state_changed.emit(event.state)
        elif isinstance(event, NetworkReady):
            self._live.on_run_ready(event.network)
        elif isinstance(event, Halted):
            self._send_probe(self._data.probe)  # to see the result of the last step, not of the one before
        elif isinstance(event, Ended):
            self._on_ended(event)
        else:
            self._unshown = True
            if isinstance(event, ProbeMaps):
                self._maps = event
            elif isinstance(event, EpochDone):
                self.epoch_done.emit(event)

    def _on_ended(self, event: Ended) -> None:
        self._optimizer = None
        if self._unshown:
            self._show()
        self._live.on_run_ended(event.network, trained=event.record.last is not None)
        self.state_changed.emit(RunState.IDLE)
        if event.error is not None:
            self.failed.emit(event.error)
        elif event.record.done is not None:
            self.finished.emit(event.record.done)

    def _on_project_changed(self, project: Project) -> None:
        """Pass on another learning rate, however it was changed; all else takes effect with the next run."""
        chosen, running = project.training.optimizer, self._optimizer
        if running is None or type(chosen) is not type(running):
            return
        if chosen.rate != running.rate:
            self._optimizer = running.with_params(rate=chosen.rate)
            self.set_learning_rate(chosen.rate)

    def _send_probe(self, probe: Probe | None) -> None:
        if probe is not None:  # the run ignores one whose shape does not fit its network
            self._run.set_probe(probe.scaled)

    def _on_network_changed(self, network: Network | None) -> None:
        if network is not None and network is self._run.network:
            self._send_probe(self._data.probe)  # the run alone computes with a network in training
