"""The network behind the canvas: rebuilt after every edit, on a thread, keeping what it has learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from cnnstudio.engine.memory import NotEnoughMemoryError
from cnnstudio.engine.network import Network
from cnnstudio.engine.program import NetworkError, compile_graph, compile_visible
from cnnstudio.graph import Graph, NodeId, Report
from cnnstudio.gui.data_source import DataSource, Probe
from cnnstudio.gui.session import GraphChanged, Session
from cnnstudio.gui.worker import Worker, call

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Maps:
    """Every layer's result (C, H, W) or (features,) for the probe; `step` is 0 before training."""

    arrays: dict[NodeId, Array]
    step: int = 0


class LiveNetwork(QObject):
    """Builds the current graph's network, complete or as far as it goes, and looks at the probe with it.

    `network` is None while there is none that can be computed. Weights of layers that are removed are kept aside, so
    that undo brings back what they had learned.
    """

    network_changed = Signal(object)  # Network | None
    maps_changed = Signal(object)  # Maps
    failed = Signal(str)  # why it cannot be built

    def __init__(self, session: Session, data: DataSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._data = session, data
        self._worker: Worker | None = None
        self._stale = False
        self._kept: dict[str, Array] = {}
        self.network: Network | None = None
        self._wiring: object = None  # of the graph that `network` was built from
        self._complete = False  # whether `network` reaches Output
        self.maps = Maps({})
        session.graph_changed.connect(self._on_graph_changed)
        session.report_changed.connect(self._on_report_changed)
        data.probe_changed.connect(self._on_probe_changed)

    @property
    def kept(self) -> dict[str, Array]:
        """What layers of this project have learned, those that were removed included."""
        return self._kept | (self.network.weights.arrays if self.network else {})

    @property
    def current(self) -> bool:
        """Whether `network` is complete and that of the graph as it is now."""
        return self._complete and self._wiring == self._session.graph.wiring and self._session.report.ok

    def refresh(self) -> None:
        """Build and look again, on a thread; while one works, a further call is made up for when it is done."""
        if self._worker is not None:
            self._stale = True
            return
        graph, report, probe = self._session.graph, self._session.report, self._data.probe
        seed = self._session.project.training.settings.seed
        keep = self.network if graph.wiring == self._wiring and report.ok is self._complete else None
        self._kept = kept = self.kept
        self._worker = Worker(call(lambda: _build(graph, report, probe, keep, kept, seed)), self)
        self._worker.arrived.connect(self._on_arrived)
        self._worker.failed.connect(self._on_failed)
        self._worker.finished.connect(self._on_finished)
        self._worker.start()

    def take(self, network: Network, graph: Graph) -> None:
        """Go on with a network that was built or trained elsewhere."""
        self._accept(network, graph, complete=True)

    def begin(self, arrays: dict[str, Array]) -> None:
        """Forget all weights but these, as when another project is opened."""
        self.close()  # what is being built has the old ones
        self.network, self._wiring, self._complete, self._kept = None, None, False, dict(arrays)
        self.refresh()

    def reset(self) -> None:
        """Draw all weights anew."""
        self.begin({})

    def show(self, arrays: dict[NodeId, Array], step: int) -> None:
        """Show results (1, ...) that were computed elsewhere."""
        self.maps = Maps({node: array[0] for node, array in arrays.items()}, step)
        self.maps_changed.emit(self.maps)

    def close(self) -> None:
        """Wait for the building thread to end."""
        if self._worker is not None:
            self._worker.stop()
            self._worker.wait()
            self._worker = None

    def _on_graph_changed(self, change: GraphChanged) -> None:
        if change.graph.wiring != self._wiring:
            self.refresh()

    def _on_report_changed(self, report: Report) -> None:
        if report.ok is not self._complete:
            self.refresh()

    def _on_probe_changed(self, probe: Probe | None) -> None:
        self.refresh()

    def _on_arrived(self) -> None:
        if self._worker is None or self.sender() is not self._worker:
            return
        for graph, complete, network, maps in self._worker.take():
            if graph.wiring != self._session.graph.wiring:
                continue
            if network is not self.network:
                self._accept(network, graph, complete=complete)
            self.show(maps, self.maps.step)

    def _accept(self, network: Network | None, graph: Graph, *, complete: bool) -> None:
        self.network, self._wiring, self._complete = network, graph.wiring, complete
        self.network_changed.emit(network)

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, NetworkError | NotEnoughMemoryError):
            raise error
        self.failed.emit(str(error))

    def _on_finished(self) -> None:
        if self._worker is not None and self.sender() is self._worker:
            self._worker.deleteLater()
            self._worker = None
            if self._stale:
                self._stale = False
                self.refresh()


def _build(
    graph: Graph, report: Report, probe: Probe | None, keep: Network | None, kept: dict[str, Array], seed: int
) -> tuple[Graph, bool, Network | None, dict[NodeId, Array]]:
    """The graph's network, whether it is complete, with the weights that are kept, and what it makes of the probe."""
    network = keep
    if network is None:
        program = compile_graph(graph, report) if report.ok else compile_visible(graph, report)
        if program is None:
            return graph, False, None, {}
        network = Network.build(program, kept, seed)
    shape = network.program.shapes[network.program.input]
    picture = (
        probe.scaled if probe is not None and probe.scaled.shape[1:] == shape else np.zeros((1, *shape), np.float32)
    )
    return graph, report.ok, network, network.look(picture)
