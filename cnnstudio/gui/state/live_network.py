"""The network behind the canvas: rebuilt after every edit, on a thread, keeping what it has learned."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from cnnstudio.array import Array
from cnnstudio.engine.memory import NotEnoughMemoryError
from cnnstudio.engine.network import Network
from cnnstudio.engine.program import NetworkError, compile_graph, compile_incomplete
from cnnstudio.graph import Graph, NodeId, Report
from cnnstudio.gui.state.data_source import DataSource, Probe
from cnnstudio.gui.state.learned import Learned
from cnnstudio.gui.state.session import GraphChanged, Session
from cnnstudio.gui.state.worker import NewestWork, call
from cnnstudio.project import Project


@dataclass(frozen=True, eq=False)
class Maps:
    """Every layer's result (C, H, W) or (features,) for the probe; `step` is 0 before training."""

    arrays: dict[NodeId, Array]
    step: int = 0


@dataclass(frozen=True, eq=False)
class Built:
    """A network and what it is for: the wiring of its graph, whether it is complete, the seed of what was drawn.

    `viewer` shares its weights, and alone looks at images for the window, so that a run can use the network.
    """

    network: Network | None = None
    viewer: Network | None = None
    wiring: object = None
    complete: bool = False
    seed: int | None = None  # None where nothing was drawn

    @classmethod
    def of(cls, network: Network, wiring: object, *, complete: bool, seed: int | None) -> Built:
        """A network that was just made, with its viewer."""
        return cls(network, Network(network.program, network.weights), wiring, complete, seed)


class LiveNetwork(QObject):
    """Builds the current graph's network, complete or as far as it goes, and looks at the probe with it.

    `network` is None while there is none that can be computed. What layers have learned is kept for as long as the
    project is open, so that undo brings it back. A network that a run trains is lent to it: as long as the graph is
    that network's it is the one that is shown, and at its end what it has learned is in whatever is shown then.
    """

    network_changed = Signal(object)  # Network | None
    maps_changed = Signal(object)  # Maps
    failed = Signal(str)  # why it cannot be built

    def __init__(self, session: Session, data: DataSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._data = session, data
        self._stale = False
        self._built = Built()
        self._lent: tuple[Network, object] | None = None  # to a run, and the wiring of its graph
        self.learned = Learned()
        self.maps = Maps({})
        self._builder = NewestWork(self)
        self._builder.arrived.connect(self._on_arrived)
        self._builder.failed.connect(self._on_failed)
        self._builder.finished.connect(self._on_finished)
        session.graph_changed.connect(self._on_graph_changed)
        session.report_changed.connect(self._on_report_changed)
        session.project_changed.connect(self._on_project_changed)
        data.probe_changed.connect(self._on_probe_changed)

    @property
    def network(self) -> Network | None:
        """What is shown and, where it is complete, trained next."""
        return self._built.network

    @property
    def current(self) -> bool:
        """Whether `network` is complete and that of the graph as it is now."""
        return self._built.complete and self._session.report.ok and self._fits

    @property
    def _fits(self) -> bool:
        """Whether what is built is for the graph as it is now, and drawn from the seed as it is now."""
        built, project = self._built, self._session.project
        return built.wiring == project.graph.wiring and built.seed in (None, project.training.settings.seed)

    @property
    def _shows_lent(self) -> bool:
        """Whether the network that a run trains is that of the graph as it is now."""
        return self._lent is not None and self._session.report.ok and self._lent[1] == self._session.graph.wiring

    def refresh(self) -> None:
        """Build and look again, on a thread; while one works, a further call is made up for when it is done.

        A run that trains the graph's network looks by itself.
        """
        if self._lent is not None:
            network, wiring = self._lent
            if self._shows_lent:
                if network is not self.network:
                    self._accept(Built.of(network, wiring, complete=True, seed=None))
                return
            self.learned.keep(network.weights.arrays)  # what is built is to begin from there
        if self._builder.busy:
            self._stale = True
            return
        graph, report, probe = self._session.graph, self._session.report, self._data.probe
        seed, learned = self._session.project.training.settings.seed, self.learned.copy()
        keep = self._built if self._fits and report.ok is self._built.complete else None
        self._builder.begin(call(lambda: _build(graph, report, probe, keep, learned, seed)))

    def lend(self, network: Network, graph: Graph) -> None:
        """A run trains this network from now on, until `take_back`."""
        self._lent = network, graph.wiring
        if network is self.network:
            self._built = replace(self._built, seed=None)  # what was drawn is learned from now on
        self.refresh()

    def take_back(self, *, learned: bool) -> None:
        """The run has ended, and has learned something or not."""
        lent, self._lent = self._lent, None
        if lent is not None:
            self._builder.give_up()  # it began with what was learned by then
            self._stale = False
            if learned:
                self.learned.keep(lent[0].weights.arrays)
            if lent[0] is not self.network or not learned:
                self._built = Built(self.network, self._built.viewer)
        self.refresh()

    def begin(self, arrays: dict[str, Array]) -> None:
        """Forget all weights but these, as when another project is opened."""
        self._builder.give_up()  # what is being built has the old ones
        self._stale, self._built, self._lent = False, Built(), None
        self.learned, self.maps = Learned(arrays), Maps({})
        self.refresh()

    def reset(self) -> None:
        """Draw all weights anew."""
        self.begin({})

    def show(self, arrays: dict[NodeId, Array], step: int) -> None:
        """Show results (1, ...) that were computed elsewhere."""
        self.maps = Maps({node: array[0] for node, array in arrays.items()}, step)
        self.maps_changed.emit(self.maps)

    def close(self) -> None:
        """Wait for the building threads to end."""
        self._builder.close()

    def _on_graph_changed(self, change: GraphChanged) -> None:
        if not self._fits:
            self.refresh()

    def _on_report_changed(self, report: Report) -> None:
        if report.ok is not self._built.complete:
            self.refresh()

    def _on_project_changed(self, project: Project) -> None:
        if self._built.seed not in (None, project.training.settings.seed):
            self.refresh()

    def _on_probe_changed(self, probe: Probe | None) -> None:
        self.refresh()

    def _on_arrived(self, result: tuple[Built, dict[NodeId, Array]]) -> None:
        built, maps = result
        if built.wiring != self._session.graph.wiring or self._shows_lent:
            return
        if built.network is not self.network or built.wiring != self._built.wiring:
            self._accept(built)
        self.show(maps, self.maps.step)

    def _accept(self, built: Built) -> None:
        self._built = built
        if built.network is not None:  # so that what it goes on with is not held twice
            arrays = built.network.weights.arrays
            self.learned.keep({key: arrays[key] for key in self.learned.fitting(built.network.program.weights)})
        self.network_changed.emit(built.network)

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, NetworkError | NotEnoughMemoryError):
            raise error
        self.failed.emit(str(error))

    def _on_finished(self) -> None:
        if self._stale:
            self._stale = False
            self.refresh()


def _build(
    graph: Graph, report: Report, probe: Probe | None, keep: Built | None, learned: Learned, seed: int
) -> tuple[Built, dict[NodeId, Array]]:
    """The graph's network, with what was learned, and what it makes of the probe."""
    built = keep
    if built is None:
        program = compile_graph(graph, report) if report.ok else compile_incomplete(graph, report)
        if program is None:
            return Built(wiring=graph.wiring), {}
        arrays = learned.fitting(program.weights)
        network = Network.build(program, arrays, seed)
        drawn = seed if len(arrays) < len(program.weights) else None
        built = Built.of(network, graph.wiring, complete=report.ok, seed=drawn)
    viewer = built.viewer
    if viewer is None:
        return built, {}
    shape = viewer.program.shapes[viewer.program.input]
    image = probe.scaled if probe is not None and probe.scaled.shape[1:] == shape else np.zeros((1, *shape), np.float32)
    return built, viewer.activations(image)
