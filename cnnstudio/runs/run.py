"""A run as a state machine: it owns the weights, the checkpoint and the records, and trains on a thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count

from cnnstudio.array import Array
from cnnstudio.engine.network import Network
from cnnstudio.project.saved_run import SavedRun
from cnnstudio.runs.provenance import Provenance
from cnnstudio.runs.record import RunRecord
from cnnstudio.runs.run_event import Ended, RunEvent, StateChanged
from cnnstudio.runs.run_list import begin_or_continue, restore_runs
from cnnstudio.runs.snapshot import TrainingState
from cnnstudio.runs.state import Action, RunState, next_state
from cnnstudio.runs.training_work import NetworkReady, RunRequest, training_work
from cnnstudio.runs.weight_store import WeightStore
from cnnstudio.runs.worker import GRACE, Halted, Notify, WorkDone, Worker, idle_worker
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.events import (
    BatchDone,
    Command,
    DeviceChanged,
    EpochDone,
    PauseOver,
    RunDone,
    RunStarted,
    SetLearningRate,
    SetProbe,
    SnapshotTaken,
    Stop,
    TakeSnapshot,
    Unchanged,
)

URGENT = (NetworkReady, RunStarted, EpochDone, DeviceChanged, SnapshotTaken, RunDone)  # events somebody waits for


Listener = Callable[[RunEvent], object]
TakeState = Callable[[TrainingState], object]


class Run:
    """Trains a network, one run after another, each of which continues from the weights and checkpoint of the last.

    All methods belong to one thread, that of the owner. The worker's events wait until the owner calls `process`;
    `notify` is called on the worker's thread when there are some, with True where somebody waits for them. Events are
    applied one by one, in order, and each is then passed to `listener`, which may give any command.
    Commands that the state does not allow raise IllegalActionError; `state.TRANSITIONS` lists what is allowed.
    """

    def __init__(self, weights: WeightStore | None = None, checkpoint: Checkpoint | None = None) -> None:
        self.state = RunState.IDLE
        self.records: list[RunRecord] = []
        self.weights = weights or WeightStore()  # what was trained or loaded, without what is trained now
        self.checkpoint = checkpoint or Checkpoint()
        self.wiring: object = None  # of the graph that the checkpoint belongs to
        self.project = 0  # numbers the projects, and new beginnings of one, whose weights have nothing in common
        self.exchanges = 0  # counts how often `exchange` was called
        self._data: object = None  # tells what the last run trained on from other data
        self._earlier_steps = 0  # of this project, before those that the checkpoint counts
        self.network: Network | None = None  # that is trained now
        self.notify: Notify = lambda urgent: None
        self.listener: Listener = lambda event: None
        self._worker = idle_worker()
        self._discarded: list[Worker] = []  # that end by themselves
        self._changes: deque[StateChanged] = deque()  # to be passed on before what the worker reported since
        self._queue: deque[RunEvent | WorkDone] = deque()
        self._dispatching = False
        self._waiting: dict[int, tuple[TakeState, bool]] = {}  # by request; whether the end answers it, too
        self._requests = count()

    def total_steps(self, step: int | None = None) -> int:
        """All training steps of the project, whatever network they trained, at this step of the last run or by now."""
        if step is None:
            last = self.records[-1].last if self.state is not RunState.IDLE else None
            step = last.step if last is not None else self.checkpoint.step
        return self._earlier_steps + step

    def provenance(self, step: int | None = None, image: object = None) -> Provenance:
        """That of what the last run's network computes at this step, or with the weights of now."""
        steps = self.total_steps(step)
        return Provenance(self.project, self.wiring, steps, data=self._data, image=image, exchanges=self.exchanges)

    def begin(
        self, weights: WeightStore, checkpoint: Checkpoint | None, wiring: object, runs: Sequence[SavedRun] = ()
    ) -> None:
        """Forget all runs and weights, as when another project is opened; the next run continues from these."""
        self.start_over()
        self.records[:] = restore_runs(runs)
        self.weights, self.checkpoint = weights, checkpoint or Checkpoint()
        self.wiring = wiring if checkpoint else None

    def start_over(self) -> None:
        """Forget all weights, but keep the records: the next run starts with new weights."""
        self.discard()
        self.weights, self.checkpoint, self.wiring = WeightStore(), Checkpoint(), None
        self.project += 1
        self._data, self._earlier_steps = None, 0

    @property
    def started_over(self) -> bool:
        """Whether the weights that the last run trained were thrown away."""
        untrained = self.state is RunState.IDLE and not self.total_steps()
        return untrained and bool(self.records) and self.records[-1].last is not None

    def exchange(self, arrays: Mapping[str, Array], checkpoint: Checkpoint) -> None:
        """Go on from the weights of another epoch; not while a run is active."""
        self.weights.put(arrays)
        self.checkpoint, self.exchanges = checkpoint, self.exchanges + 1

    def start(self, request: RunRequest, *, pause_after_step: bool = False, steps_per_second: float = 0.0) -> None:
        """Start a run, perhaps for a single step; it starts over where the graph's wiring has changed.

        Training that goes on where the last run is, on the same data, belongs to that run. `steps_per_second` limits
        its speed; 0 means no limit.
        """
        state = next_state(self.state, Action.START)
        if request.graph.wiring != self.wiring:
            self._earlier_steps += self.checkpoint.step
            self.checkpoint, self.wiring = Checkpoint(), request.graph.wiring
        self._data = request.data_version
        if not request.keep_rate:
            self.checkpoint.rate = None
        begin_or_continue(self.records, request, self.checkpoint)
        work = training_work(request, self.weights.copy(), self.checkpoint)
        self._worker = Worker(work, lambda urgent: self.notify(urgent), URGENT, "training run")
        self._worker.limit_rate(BatchDone, steps_per_second)
        if pause_after_step:
            self._worker.resume(pause_after=BatchDone)
        self._worker.start()
        self._enter(state)

    def pause(self) -> None:
        """Wait after the current step, or soon: a step that takes longer is given up, and repeated afterwards."""
        begun = self.state is RunState.RUNNING  # before that, nothing would be repeated
        self._change(Action.PAUSE, partial(self._worker.pause, interrupt=begun))

    def resume(self) -> None:
        """Continue after a pause."""
        self._change(Action.RESUME, partial(self._worker.resume, pause_over=PauseOver()))

    def step(self) -> None:
        """Make one step, then wait again."""
        self._change(Action.STEP, partial(self._worker.resume, BatchDone, PauseOver()))

    def stop(self) -> None:
        """End the run after the current step, or soon; the weights stay, and the next run continues from there."""
        self._change(Action.STOP, self._stop_worker)

    @property
    def progress(self) -> float:
        """How much of the current step or validation is done, from 0 to 1."""
        return self._worker.progress

    def set_learning_rate(self, rate: float) -> None:
        """Change the learning rate of the active run, if there is one."""
        self._send(SetLearningRate(rate))

    def set_probe(self, image: Array) -> None:
        """Report feature maps of this scaled image (1, C, H, W) from now on, if a run is active that it suits."""
        self._send(SetProbe(image))

    def limit_speed(self, steps_per_second: float) -> None:
        """Limit the speed of the active run, if there is one; 0 means no limit."""
        self._worker.limit_rate(BatchDone, steps_per_second)

    def take_snapshot(self, then: TakeState) -> None:
        """Call `then` with copies of what is trained: at once if no run is active, else after the current step."""
        if self.state is RunState.IDLE:
            then(TrainingState(self.checkpoint, self.wiring))
        else:
            self._worker.send(self._request(then, at_end=True))

    def take_snapshot_after_epoch(self, then: TakeState) -> None:
        """Call `then` with copies of what is trained at the next end of an epoch, unless the run ends before.

        To be asked for while a run is active.
        """
        self._worker.send(self._request(then, at_end=False), after=EpochDone)

    def current_weights(self) -> WeightStore:
        """What was trained or loaded, and what is trained now as it is at this moment."""
        self._keep_weights()
        return self.weights.copy()

    def process(self) -> None:
        """Apply what the worker has reported; a call from within `listener` leaves it to the outer call."""
        self._queue.extend(self._worker.take())
        self._dispatch()

    def discard(self) -> None:
        """End the run without its result; its thread ends by itself, soon.

        If somebody waits for a snapshot, it is waited for, so that they get it.
        """
        state = next_state(self.state, Action.DISCARD)
        self._worker.cancel(mute=True)
        waiting = [then for then, at_end in self._waiting.values() if at_end]
        if waiting:
            self._worker.join()
            self._keep_weights()
        self._discarded = [worker for worker in (*self._discarded, self._worker) if worker.alive]
        self._worker = idle_worker()
        self._queue.clear()
        self._waiting.clear()
        self.network = None
        self._enter(state)
        for then in waiting:
            then(TrainingState(self.checkpoint, self.wiring))

    def close(self) -> None:
        """End the run soon, and wait until all threads have ended."""
        self._worker.cancel(grace=GRACE)
        for worker in (*self._discarded, self._worker):
            worker.join()
        self._discarded.clear()
        self._queue.extend(self._worker.take())
        if self._dispatching:  # called by the listener: what is left is applied before this returns
            self._apply_all()
        else:
            self._dispatch()

    def _change(self, action: Action, command: Callable[[], object]) -> None:
        state = next_state(self.state, action)
        command()
        self._enter(state)

    def _stop_worker(self) -> None:
        self._worker.send(Stop(), interrupt=True)
        self._worker.resume()  # a paused run ends, too

    def _send(self, command: Command) -> None:
        if self.state is not RunState.IDLE:
            self._worker.send(command)

    def _keep_weights(self) -> None:
        if self.network is not None:
            self.weights.put(self.network.weights.arrays)

    def _request(self, then: TakeState, *, at_end: bool) -> Command:
        request = next(self._requests)
        self._waiting[request] = then, at_end
        return TakeSnapshot(request)

    def _enter(self, state: RunState) -> None:
        if state is self.state:
            return
        self.state = state
        if self.records:
            self.records[-1].run_clock(state not in (RunState.IDLE, RunState.PAUSED))
        self._changes.append(StateChanged(state))
        self._dispatch()

    def _dispatch(self) -> None:
        if self._dispatching:
            return
        self._dispatching = True
        try:
            self._apply_all()
        finally:
            self._dispatching = False

    def _apply_all(self) -> None:
        while self._changes or self._queue:
            self._apply(self._changes.popleft() if self._changes else self._queue.popleft())

    def _apply(self, event: RunEvent | WorkDone) -> None:
        if isinstance(event, WorkDone):
            self._end(event.error)
            return
        if isinstance(event, NetworkReady):
            self.network = event.network
        elif isinstance(event, RunStarted):
            self._enter(next_state(self.state, Action.BEGUN))
        elif isinstance(event, Halted) and self._worker.paused:
            self._enter(next_state(self.state, Action.HALTED))
        elif isinstance(event, SnapshotTaken):
            then, _ = self._waiting.pop(event.request)
            then(TrainingState(event.checkpoint, self.wiring, event.weights))
            return
        if not isinstance(event, NetworkReady | Halted | Unchanged | StateChanged | Ended):
            self.records[-1].add(event)
        self.listener(event)

    def _end(self, error: Exception | None) -> None:
        """The one way in which a run ends."""
        record = self.records[-1]
        self.state = next_state(self.state, Action.ENDED)
        record.finish(failed=error is not None)
        if record.last is not None:
            self._keep_weights()
        network, self.network = self.network, None
        waiting, self._waiting = self._waiting, {}
        self.listener(Ended(record, network, error))
        for then, at_end in waiting.values():
            if at_end:  # the run ended before it could answer
                then(TrainingState(self.checkpoint, self.wiring))
