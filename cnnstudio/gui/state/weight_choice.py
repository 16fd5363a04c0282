"""Whether the window works with the last or with the best weights of the run."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from cnnstudio.gui.state.live_network import LiveNetwork
from cnnstudio.gui.state.live_run import LiveRun
from cnnstudio.gui.state.session import Session
from cnnstudio.runs.best_choice import BestChoice
from cnnstudio.runs.run import Run


class WeightChoice(QObject):
    """Exchanges the weights for those of the best epoch, and back until training goes on."""

    changed = Signal()  # what can be exchanged
    exchanged = Signal(str)  # a sentence that says which weights are in use now

    def __init__(
        self, session: Session, run: Run, live_run: LiveRun, live: LiveNetwork, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._live, self._choice = session, live, BestChoice(run)
        self._offer = ""
        for signal in (live_run.state_changed, live_run.runs_replaced, session.graph_changed):
            signal.connect(self._update)

    @property
    def best_epoch(self) -> int | None:
        """The epoch of the best weights, if they can be used instead of the last ones."""
        best = self._choice.best(self._session.graph)
        return best.epoch if best is not None else None

    @property
    def last_epoch(self) -> int | None:
        """The whole epochs after which the last weights were reached, if they can be used again."""
        last = self._choice.last(self._session.graph)
        return last.epoch if last is not None else None

    @property
    def epoch_in_use(self) -> int | None:
        """The epoch of the best weights while they are in use instead of the last ones."""
        return self._choice.epoch_in_use(self._session.graph)

    @property
    def offer(self) -> str:
        """What `exchange` would do now, in a few words; empty if nothing."""
        if self.best_epoch is not None:
            return f"Use the best weights (epoch {self.best_epoch})"
        return f"Use the last weights again (epoch {self.last_epoch})" if self.last_epoch is not None else ""

    def exchange(self) -> None:
        """Use the best weights or, if they are in use, the last ones again."""
        if self.best_epoch is not None:
            text = f"The weights of epoch {self.best_epoch}, with the lowest validation loss, are in use."
            self._choice.use_best(self._session.graph)
        elif self.last_epoch is not None:
            text = f"The last weights, of epoch {self.last_epoch}, are in use."
            self._choice.use_last(self._session.graph)
        else:
            return
        self._live.restart()
        self._update()
        self.exchanged.emit(text)

    def _update(self, *changes: object) -> None:
        if self.offer != self._offer:
            self._offer = self.offer
            self.changed.emit()
