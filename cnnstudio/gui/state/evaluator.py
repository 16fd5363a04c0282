"""Evaluates the network on the test images, on a thread, with the weights of the moment when it starts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from cnnstudio.data import Dataset
from cnnstudio.engine.device_selection import reference_engine
from cnnstudio.engine.engine import Engine
from cnnstudio.engine.network import Network
from cnnstudio.gui.state.background import BackgroundTask
from cnnstudio.gui.state.data_source import DataSource
from cnnstudio.gui.state.identity import Identity
from cnnstudio.gui.state.live_network import LiveNetwork
from cnnstudio.gui.state.live_run import LiveRun
from cnnstudio.runs.provenance import Provenance
from cnnstudio.runs.snapshot import Snapshot
from cnnstudio.runs.worker import Work
from cnnstudio.training.events import RunDone
from cnnstudio.training.metrics import Predictions, evaluate_in_chunks


@dataclass(frozen=True)
class EvaluationProgress:
    """How many images are evaluated, of how many."""

    done: int
    total: int


@dataclass(frozen=True, eq=False)
class EvaluationResult:
    """The predictions, their dataset, the training step of the weights, and what all was computed from."""

    predictions: Predictions
    dataset: Dataset
    step: int
    provenance: Provenance


@dataclass(frozen=True)
class Cell:
    """A cell of the confusion matrix: images of the class `true` that were classified as `predicted`."""

    true: int
    predicted: int


class Evaluator(QObject):
    """Starts by itself whenever a run ends; `result` is None until the first evaluation, and after other data came."""

    state_changed = Signal(bool)  # whether it is busy
    progressed = Signal(object)  # EvaluationProgress
    result_changed = Signal(object)  # EvaluationResult | None
    cell_chosen = Signal(object)  # Cell | None: which predictions to show
    outdated_changed = Signal(str)  # what has changed since the result was computed
    failed = Signal(object)  # the exception

    def __init__(
        self,
        data: DataSource,
        live: LiveNetwork,
        run: LiveRun,
        identity: Identity,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._data, self._live, self._run, self._identity = data, live, run, identity
        self._task = BackgroundTask(self)
        self._task.arrived.connect(self._on_arrived)
        self._task.failed.connect(self.failed)
        self._task.finished.connect(self._on_finished)
        self._waiting = False  # for a snapshot of the active run
        self._step, self._provenance = 0, identity.now
        self.outdated = ""  # what has changed since the result was computed, in words
        self.result: EvaluationResult | None = None
        self.cell: Cell | None = None
        run.finished.connect(self._on_run_finished)
        data.dataset_changed.connect(self._on_dataset_changed)
        identity.changed.connect(self._compare)

    @property
    def busy(self) -> bool:
        """Whether an evaluation is in progress."""
        return self._task.busy

    def why_not(self) -> str:
        """Why nothing can be evaluated now, in one sentence; empty where it can."""
        if self._data.dataset is None:
            return "The dataset is not loaded yet."
        if why_not := self._live.why_not_current():
            return why_not
        if self._run.trains_other_network:
            return "The current run trains a different network; stop it first."
        return ""

    def start(self) -> None:
        """Evaluate with the current weights; an evaluation in progress is cancelled."""
        if self.why_not():
            return
        self.stop()
        self._waiting = True
        self._run.take_snapshot(self._on_snapshot_taken)

    def stop(self) -> None:
        """Cancel an evaluation in progress."""
        self._waiting = False
        if self._task.busy:
            self._task.cancel()
            self.state_changed.emit(False)

    def close(self) -> None:
        """Stop, and wait for the threads to end."""
        self.stop()
        self._task.close()

    def clear(self) -> None:
        """Cancel, and drop the result, as when another project is opened."""
        self.stop()
        self._show(None)

    def choose(self, cell: Cell | None) -> None:
        """Choose which predictions to show; None: all mistakes."""
        if cell != self.cell:
            self.cell = cell
            self.cell_chosen.emit(cell)

    def _on_snapshot_taken(self, snapshot: Snapshot) -> None:
        dataset = self._data.dataset
        if not self._waiting or dataset is None or snapshot.network is None:
            return
        self._waiting = False
        self._step = snapshot.checkpoint.step if snapshot.checkpoint is not None else 0
        self._provenance = replace(self._identity.at_step(snapshot.step), seed=self._live.seed, image=None)
        self._task.begin(_work(reference_engine(), snapshot.network, dataset, self._data.split))
        self.state_changed.emit(True)

    def _on_arrived(self, event: EvaluationProgress | Predictions) -> None:
        if isinstance(event, EvaluationProgress):
            self.progressed.emit(event)
        elif self._data.dataset is not None:
            self._show(EvaluationResult(event, self._data.dataset, self._step, self._provenance))

    def _on_finished(self) -> None:
        self.state_changed.emit(False)

    def _on_run_finished(self, done: RunDone) -> None:
        if self._live.current:
            self.start()

    def _on_dataset_changed(self, dataset: object) -> None:
        self.clear()

    def _show(self, result: EvaluationResult | None) -> None:
        self.result = result
        self.choose(None)
        self.result_changed.emit(result)
        self._compare()

    def _compare(self) -> None:
        outdated = ""
        if self.result is not None:
            freshness = self._identity.compare(self.result.provenance)
            if not freshness.related:
                self._show(None)
                return
            outdated = freshness.reasons()
        if outdated != self.outdated:
            self.outdated = outdated
            self.outdated_changed.emit(outdated)


def _work(engine: Engine, network: Network, dataset: Dataset, split: str) -> Work:
    """Evaluate in chunks, and yield the progress after each."""
    total = dataset.size(split)
    with engine.load(network.program, network.weights) as execution:
        steps = evaluate_in_chunks(execution, dataset, split)
        while True:
            try:
                yield EvaluationProgress(next(steps), total)
            except StopIteration as end:
                yield end.value
                return
