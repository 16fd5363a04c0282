"""The network on the canvas: rebuilt on a thread after every edit, from the weights that were trained so far."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from cnnstudio.array import Array
from cnnstudio.engine.memory import NotEnoughMemoryError
from cnnstudio.engine.network import Network
from cnnstudio.engine.program import NetworkError
from cnnstudio.graph import NodeId, Report
from cnnstudio.gui.state.background import BackgroundTask, call
from cnnstudio.gui.state.data_source import DataSource, Probe
from cnnstudio.gui.state.session import GraphChanged, Session
from cnnstudio.project import Project
from cnnstudio.runs.graph_network import GraphNetwork
from cnnstudio.runs.run import Run


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """Every layer's output (C, H, W) or (features,) for the probe; `step` is 0 before any training."""

    arrays: dict[NodeId, Array]
    step: int = 0


class LiveNetwork(QObject):
    """Builds the current graph's network, complete or as far as it goes, and computes the probe's feature maps.

    `network` is None while nothing can be computed. While a run trains the network of the current graph, that network
    is shown, and the run computes the maps.
    """

    network_changed = Signal(object)  # Network | None
    maps_changed = Signal(object)  # FeatureMaps
    failed = Signal(str)  # why it cannot be built

    def __init__(self, session: Session, data: DataSource, run: Run, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._data, self._run = session, data, run
        self._stale = False
        self._built = GraphNetwork()
        self.maps = FeatureMaps({})
        self._builder = BackgroundTask(self)
        self._builder.arrived.connect(self._on_arrived)
        self._builder.failed.connect(self._on_failed)
        self._builder.finished.connect(self._on_finished)
        session.graph_changed.connect(self._on_graph_changed)
        session.report_changed.connect(self._on_report_changed)
        session.project_changed.connect(self._on_project_changed)
        data.probe_changed.connect(self._on_probe_changed)

    @property
    def network(self) -> Network | None:
        """The network on display and, where it is complete, the one that the next run trains."""
        return self._built.network

    @property
    def current(self) -> bool:
        """Whether `network` is the complete network of the current graph."""
        return self._built.complete and self._session.report.ok and self._up_to_date

    @property
    def _up_to_date(self) -> bool:
        """Whether what is built is for the current graph, and initialized with the current seed."""
        built, project = self._built, self._session.project
        return built.wiring == project.graph.wiring and built.seed in (None, project.training.settings.seed)

    @property
    def _in_training(self) -> Network | None:
        """The network that a run trains, if it is the current graph's."""
        same = self._session.report.ok and self._run.wiring == self._session.graph.wiring
        return self._run.network if same else None

    def refresh(self) -> None:
        """Build the network if need be and compute the maps, on a thread; a call meanwhile is made up for afterwards.

        A run that trains the current graph's network computes the maps itself.
        """
        trained = self._in_training
        if trained is not None:
            if trained is not self.network:
                self._accept(GraphNetwork.of(trained, self._run.wiring, complete=True, seed=None))
            return
        if self._builder.busy:
            self._stale = True
            return
        graph, report, probe = self._session.graph, self._session.report, self._data.probe
        seed, weights = self._session.project.training.settings.seed, self._run.current_weights()
        keep = self._built if self._up_to_date and report.ok is self._built.complete else None

        def build() -> tuple[GraphNetwork, dict[NodeId, Array]]:
            built = keep or GraphNetwork.build(graph, report, weights, seed)
            return built, built.feature_maps(probe.scaled if probe is not None else None)

        self._builder.begin(call(build))

    def on_run_ready(self, network: Network) -> None:
        """A run begins to train this network."""
        if network is self.network:
            self._built = replace(self._built, seed=None)  # what was initialized is trained from now on
        self.refresh()

    def on_run_ended(self, network: Network | None, *, trained: bool) -> None:
        """The run of this network has ended, after at least one step or not."""
        if network is not None:
            self._builder.cancel()  # it began with weights of an earlier step
            self._stale = False
            if network is not self.network or not trained:
                self._built = GraphNetwork(self.network, self._built.viewer)  # to be built again
        self.refresh()

    def restart(self) -> None:
        """Build the network anew, as after its weights were replaced."""
        self._builder.cancel()
        self._stale, self._built, self.maps = False, GraphNetwork(), FeatureMaps({})
        self.refresh()

    def show(self, arrays: dict[NodeId, Array], step: int) -> None:
        """Show feature maps (1, ...) that were computed elsewhere."""
        self.maps = FeatureMaps({node: array[0] for node, array in arrays.items()}, step)
        self.maps_changed.emit(self.maps)

    def close(self) -> None:
        """Wait for the building threads to end."""
        self._builder.close()

    def _on_graph_changed(self, change: GraphChanged) -> None:
        if not self._up_to_date:
            self.refresh()

    def _on_report_changed(self, report: Report) -> None:
        if report.ok is not self._built.complete:
            self.refresh()

    def _on_project_changed(self, project: Project) -> None:
        if self._built.seed not in (None, project.training.settings.seed):
            self.refresh()

    def _on_probe_changed(self, probe: Probe | None) -> None:
        self.refresh()

    def _on_arrived(self, result: tuple[GraphNetwork, dict[NodeId, Array]]) -> None:
        built, maps = result
        if built.wiring != self._session.graph.wiring or self._in_training is not None:
            return
        if built.network is not self.network or built.wiring != self._built.wiring:
            self._accept(built)
        self.show(maps, self._run.checkpoint.step if self._run.wiring == built.wiring else self.maps.step)

    def _accept(self, built: GraphNetwork) -> None:
        self._built = built
        if built.network is not None:  # so that the weights it starts with are not held twice
            arrays, stored = built.network.weights.arrays, self._run.weights
            stored.put({key: arrays[key] for key in stored.matching(built.network.program.weights)})
        self.network_changed.emit(built.network)

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, NetworkError | NotEnoughMemoryError):
            raise error
        self.failed.emit(str(error))

    def _on_finished(self) -> None:
        if self._stale:
            self._stale = False
            self.refresh()
