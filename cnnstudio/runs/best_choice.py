"""Exchanges the last weights for the best ones, and back as long as training has not gone on."""

from __future__ import annotations

from collections.abc import Mapping

from cnnstudio.array import Array
from cnnstudio.graph import Graph
from cnnstudio.runs.run import Run
from cnnstudio.runs.state import RunState
from cnnstudio.training.best_weights import BestWeights
from cnnstudio.training.checkpoint import Checkpoint


class BestChoice:
    """Which weights of a run are in use: the last or the best ones."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._best = Checkpoint()  # that of the best weights, if they are in use
        self._last: tuple[Mapping[str, Array], Checkpoint] = {}, Checkpoint()  # what they replaced

    def best(self, graph: Graph) -> BestWeights | None:
        """The best weights, if they belong to this graph and are not those in use; None while a run is active."""
        best = self._run.checkpoint.best
        if best is None or best.step == self._run.checkpoint.step or not self._idle(graph):
            return None
        return best

    def last(self, graph: Graph) -> Checkpoint | None:
        """The checkpoint of the last weights, if the best ones are in use instead and were not trained further."""
        now = self._run.checkpoint
        in_use = now is self._best and now.best is not None and now.step == now.best.step
        return self._last[1] if in_use and self._idle(graph) else None

    def epoch_in_use(self, graph: Graph) -> int | None:
        """The epoch of the best weights while the last ones can be put back in their place."""
        return self._best.epoch if self.last(graph) is not None else None

    def use_best(self, graph: Graph) -> None:
        """Put the best weights in the place of the last ones, and go on from their epoch."""
        best = self.best(graph)
        if best is None:
            return
        self._last = self._run.weights.like(best.arrays), self._run.checkpoint
        self._best = self._run.checkpoint.at_best()
        self._run.exchange({key: array.copy() for key, array in best.arrays.items()}, self._best)

    def use_last(self, graph: Graph) -> None:
        """Put the last weights back."""
        if self.last(graph) is not None:
            self._run.exchange(*self._last)

    def _idle(self, graph: Graph) -> bool:
        return self._run.state is RunState.IDLE and self._run.wiring == graph.wiring
