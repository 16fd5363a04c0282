"""Judges the test images on a thread, with the weights as they are when it begins."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from cnnstudio.data import Dataset
from cnnstudio.engine.device_selection import reference_engine
from cnnstudio.engine.engine import Engine
from cnnstudio.engine.network import Network
from cnnstudio.gui.state.background import BackgroundTask
from cnnstudio.gui.state.data_source import DataSource
from cnnstudio.gui.state.live_network import LiveNetwork
from cnnstudio.gui.state.live_run import LiveRun
from cnnstudio.runs.snapshot import Snapshot
from cnnstudio.runs.worker import Work
from cnnstudio.training.events import RunDone
from cnnstudio.training.metrics import Judgement, judge


@dataclass(frozen=True)
class JudgeProgress:
    """How many images are judged, of how many."""

    done: int
    total: int


@dataclass(frozen=True, eq=False)
class Judged:
    """A judgement, the data it is about, and the step after which the weights were taken."""

    judgement: Judgement
    dataset: Dataset
    step: int


@dataclass(frozen=True)
class Cell:
    """Images of one class that were taken for another, or for what they are."""

    true: int
    given: int


class Judge(QObject):
    """Begins by itself whenever a run ends; `judged` is None until the first judgement, and for other data."""

    state_changed = Signal(bool)  # whether it is at work
    progressed = Signal(object)  # JudgeProgress
    judged_changed = Signal(object)  # Judged | None
    cell_chosen = Signal(object)  # Cell | None: which answers people want to see
    failed = Signal(object)  # the exception

    def __init__(self, data: DataSource, live: LiveNetwork, run: LiveRun, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._data, self._live, self._run = data, live, run
        self._judging = BackgroundTask(self)
        self._judging.arrived.connect(self._on_arrived)
        self._judging.failed.connect(self.failed)
        self._judging.finished.connect(self._on_finished)
        self._waiting = False  # for the weights of a run that goes on
        self._step = 0
        self.judged: Judged | None = None
        self.cell: Cell | None = None
        run.finished.connect(self._on_run_finished)
        data.dataset_changed.connect(self._on_dataset_changed)

    @property
    def busy(self) -> bool:
        """Whether images are being judged."""
        return self._judging.busy

    def why_not(self) -> str:
        """Why there is nothing to judge now, in one sentence; empty where there is."""
        if self._data.dataset is None:
            return "The data is not there yet."
        if not self._live.current:
            return "The network is not complete; the Problems panel says why."
        if self._run.elsewhere:
            return "The run that goes on trains another network than this one; stop it first."
        return ""

    def start(self) -> None:
        """Judge with the weights as they are now; a judgement that goes on is given up."""
        if self.why_not():
            return
        self.stop()
        self._waiting = True
        self._run.take_snapshot(self._on_snapshot_taken)

    def stop(self) -> None:
        """Give up a judgement that goes on."""
        self._waiting = False
        if self._judging.busy:
            self._judging.cancel()
            self.state_changed.emit(False)

    def close(self) -> None:
        """Stop, and wait for the threads to end."""
        self.stop()
        self._judging.close()

    def forget(self) -> None:
        """Give up what goes on and what is known, as when another project is opened."""
        self.stop()
        self._show(None)

    def choose(self, cell: Cell | None) -> None:
        """Say which answers are to be seen; None: all mistakes."""
        if cell != self.cell:
            self.cell = cell
            self.cell_chosen.emit(cell)

    def _on_snapshot_taken(self, snapshot: Snapshot) -> None:
        dataset = self._data.dataset
        if not self._waiting or dataset is None or snapshot.network is None:
            return
        self._waiting = False
        self._step = snapshot.checkpoint.step if snapshot.checkpoint is not None else 0
        self._judging.begin(_work(reference_engine(), snapshot.network, dataset, self._data.split))
        self.state_changed.emit(True)

    def _on_arrived(self, event: JudgeProgress | Judgement) -> None:
        if isinstance(event, JudgeProgress):
            self.progressed.emit(event)
        elif self._data.dataset is not None:
            self._show(Judged(event, self._data.dataset, self._step))

    def _on_finished(self) -> None:
        self.state_changed.emit(False)

    def _on_run_finished(self, done: RunDone) -> None:
        if self._live.current:
            self.start()

    def _on_dataset_changed(self, dataset: object) -> None:
        self.forget()

    def _show(self, judged: Judged | None) -> None:
        self.judged = judged
        self.choose(None)
        self.judged_changed.emit(judged)


def _work(engine: Engine, network: Network, dataset: Dataset, split: str) -> Work:
    """Judge piece by piece, telling how far it has come."""
    total = dataset.size(split)
    with engine.load(network.program, network.weights) as execution:
        judging = judge(execution, dataset, split)
        while True:
            try:
                yield JudgeProgress(next(judging), total)
            except StopIteration as end:
                yield end.value
                return
