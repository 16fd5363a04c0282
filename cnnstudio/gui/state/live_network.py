"""The network on the canvas: rebuilt on a thread after every edit, from the weights that were trained so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, QTimer, Signal

from cnnstudio.array import Array
from cnnstudio.engine.memory import NotEnoughMemoryError
from cnnstudio.engine.network import Network
from cnnstudio.engine.program import NetworkError
from cnnstudio.graph import NodeId, Report
from cnnstudio.gui.state.background import BackgroundTask
from cnnstudio.gui.state.data_source import DataSource, Probe
from cnnstudio.gui.state.identity import Identity
from cnnstudio.gui.state.session import GraphChanged, Session
from cnnstudio.layers import format_shape
from cnnstudio.project import Project
from cnnstudio.runs.graph_network import GraphNetwork
from cnnstudio.runs.provenance import Provenance
from cnnstudio.runs.run import Run
from cnnstudio.runs.worker import Work

PATIENCE = 250  # milliseconds that a computation may take before it is given up for another one


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """Layers' outputs (C, H, W) or (features,) for an image, as far as they are computed, and from what.

    `step` is that of the checkpoint, 0 before any training. The image of the provenance is a `Probe`.
    """

    arrays: dict[NodeId, Array] = field(default_factory=dict)
    step: int = 0
    provenance: Provenance = Provenance()


class LiveNetwork(QObject):
    """Builds the current graph's network, complete or as far as it goes, and computes the probe's feature maps.

    `network` is None while nothing can be computed. While a run trains the network of the current graph, that network
    is shown, and the run computes the maps.
    """

    network_changed = Signal(object)  # Network | None
    maps_changed = Signal(object)  # FeatureMaps, again and again while those of a large network are computed
    computing_changed = Signal(bool)  # whether maps are being computed
    failed = Signal(str)  # why it cannot be built

    def __init__(
        self, session: Session, data: DataSource, run: Run, identity: Identity, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._data, self._run, self._identity = session, data, run, identity
        self._stale = False
        self._built = GraphNetwork()
        self.maps = FeatureMaps()
        self.computing = False
        self._wanted, self._has_network = GraphNetwork(), False  # what is being built, and whether it is there
        self._patience = QTimer(self, singleShot=True)
        self._patience.timeout.connect(self._replace_stale)
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
        return self._built.complete and self._session.report.ok and self.up_to_date

    def why_not_current(self) -> str:
        """Why there is no complete network of the current graph, in one sentence; empty if there is one."""
        if self.current:
            return ""
        if self._session.report.ok:
            return "The network is still being built; try again in a moment."
        return "The network is incomplete; see the Problems panel."

    @property
    def seed(self) -> int | None:
        """The seed of the weights that were initialized; None where all were trained or loaded."""
        return self._built.seed

    @property
    def up_to_date(self) -> bool:
        """Whether what is built is for the current graph, and initialized with the current seed."""
        return self._is_of_project(self._built)

    def _is_of_project(self, built: GraphNetwork) -> bool:
        project = self._session.project
        return built.wiring == project.graph.wiring and built.seed in (None, project.training.settings.seed)

    def _suits(self, built: GraphNetwork) -> bool:
        """Whether this is what would be built now."""
        return self._is_of_project(built) and built.complete is self._session.report.ok

    @property
    def in_training(self) -> bool:
        """Whether a run trains this network, and so computes the feature maps of every new probe."""
        return self.network is not None and self.network is self._run.network

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
                self._accept(GraphNetwork.of(trained, self._run.wiring, complete=True))
            return
        self._stale = self._builder.busy
        if self._stale:
            self._replace_stale()
        else:
            self._begin()

    def _replace_stale(self) -> None:
        """Give up what is computed where something else is wanted now.

        What takes little time is finished, so that maps follow a drawing on the way, and so is a network that will be
        needed all the same.
        """
        if self._stale and not self._patience.isActive() and (self._has_network or not self._suits(self._wanted)):
            self._stale = False
            self._begin()

    def _begin(self) -> None:
        graph, report, probe = self._session.graph, self._session.report, self._data.probe
        seed, weights = self._session.project.training.settings.seed, self._run.current_weights()
        keep = self._built if self._suits(self._built) else None
        step = self._run.checkpoint.step if self._run.wiring == graph.wiring else 0
        origin = replace(self._identity.now, data=None)

        def build() -> Work:
            built = keep or GraphNetwork.build(graph, report, weights, seed)
            for arrays in built.feature_maps(probe.scaled if probe is not None else None):
                yield built, FeatureMaps(_first(arrays), step, replace(origin, seed=built.seed))

        self._wanted = GraphNetwork(wiring=graph.wiring, complete=report.ok, seed=seed)
        self._has_network = keep is not None
        self._builder.begin(build())
        self._patience.start(PATIENCE)
        self._set_computing(True)

    def on_run_ready(self, network: Network) -> None:
        """A run begins to train this network."""
        if network is self.network:
            self._built = replace(self._built, seed=None)  # what was initialized is trained from now on
        self.refresh()

    def on_run_ended(self, network: Network | None, *, trained: bool) -> None:
        """The run of this network has ended, after at least one step or not."""
        if network is not None:
            self._give_up()  # it began with weights of an earlier step
            if network is self.network and trained:
                self._built = replace(self._built, initialized=frozenset())
            else:
                self._built = GraphNetwork(self.network, self._built.viewer)  # to be built again
        self.refresh()

    def forget(self) -> None:
        """Drop the network and its feature maps, as when another project is opened."""
        self._give_up()
        self._built = GraphNetwork()
        self.show_maps(FeatureMaps(provenance=self._identity.now))

    def restart(self) -> None:
        """Build the network anew, as after its weights were replaced."""
        self.forget()
        self.refresh()

    def show(self, arrays: dict[NodeId, Array], step: int, image: Array) -> None:
        """Show feature maps (1, ...) that the run computed at this step, unless of another image than the probe."""
        probe = self._data.probe
        if probe is not None and probe.scaled is image:
            origin = replace(self._run.provenance(step), data=None, image=probe)
            self.show_maps(FeatureMaps(_first(arrays), step, origin))

    def show_maps(self, maps: FeatureMaps) -> None:
        """Show these feature maps."""
        self.maps = maps
        self.maps_changed.emit(maps)

    def why_no_maps(self) -> str:
        """Why there are no feature maps of the probe, in one sentence; empty where they can be computed."""
        probe, viewer = self._data.probe, self._built.viewer
        if probe is None:
            return "The images are being read." if self._data.reading else "There is no image to compute."
        if viewer is None or self._built.takes(probe.scaled):
            return ""
        expected = format_shape(viewer.program.shapes[viewer.program.input])
        return f"The image is {format_shape(probe.scaled.shape[1:])}, but the network takes {expected}."

    def is_trained(self, weight: str) -> bool:
        """Whether this weight of the network was trained or loaded, rather than just initialized."""
        if self.in_training and self._run.records[-1].last is not None:
            return True
        return weight not in self._built.initialized

    def close(self) -> None:
        """Give up what is computed, and wait for the thread to end."""
        self._give_up()
        self._builder.close()

    def _on_graph_changed(self, change: GraphChanged) -> None:
        if not self.up_to_date:
            self.refresh()

    def _on_report_changed(self, report: Report) -> None:
        if report.ok is not self._built.complete:
            self.refresh()

    def _on_project_changed(self, project: Project) -> None:
        if self._built.seed not in (None, project.training.settings.seed):
            self.refresh()

    def _on_probe_changed(self, probe: Probe | None) -> None:
        self.refresh()

    def _on_arrived(self, result: tuple[GraphNetwork, FeatureMaps]) -> None:
        built, maps = result
        self._has_network = True
        if self._in_training is not None:
            return
        if not self._suits(built):  # what it was built for was changed back and forth meanwhile
            self._stale |= not self._suits(self._built)
            return
        if built.network is not self.network or built.wiring != self._built.wiring:
            self._accept(built)
        self.show_maps(maps)
        self._replace_stale()

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

    def _give_up(self) -> None:
        self._patience.stop()
        self._builder.cancel()
        self._stale = False
        self._set_computing(False)

    def _on_finished(self) -> None:
        self._patience.stop()
        if self._stale:
            self._stale = False
            self.refresh()
        self._set_computing(self._builder.busy)

    def _set_computing(self, computing: bool) -> None:
        if computing != self.computing:
            self.computing = computing
            self.computing_changed.emit(computing)


def _first(arrays: dict[NodeId, Array]) -> dict[NodeId, Array]:
    """Arrays (1, ...) without their first axis."""
    return {node: array[0] for node, array in arrays.items()}
