"""The network of a graph as far as it is drawn, built from stored weights, and the feature maps of an image."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cnnstudio.array import Array
from cnnstudio.engine.network import Network
from cnnstudio.engine.program import compile_graph, compile_incomplete
from cnnstudio.graph import Graph, NodeId, Report
from cnnstudio.runs.weight_store import WeightStore

INTERVAL = 0.1  # seconds after which what is computed so far is handed out


@dataclass(frozen=True, eq=False)
class GraphNetwork:
    """A network and what it was built for: the wiring of its graph, whether that is complete, and the seed.

    `seed` is that of weight initialization, None where no weight was initialized; `initialized` names the weights that
    were. `viewer` shares the network's weights and computes feature maps for display, so that a run can use the network
    meanwhile. Both are None where nothing can be computed.
    """

    network: Network | None = None
    viewer: Network | None = None
    wiring: object = None
    complete: bool = False
    seed: int | None = None
    initialized: frozenset[str] = frozenset()

    @classmethod
    def of(cls, network: Network, wiring: object, *, complete: bool) -> GraphNetwork:
        """This network, whose weights are trained, with a viewer."""
        return cls(network, Network(network.program, network.weights), wiring, complete)

    @classmethod
    def build(cls, graph: Graph, report: Report, weights: WeightStore, seed: int) -> GraphNetwork:
        """Build the whole network, or the part of it that can be computed; weights that are not stored are initialized.

        Raises NetworkError, and NotEnoughMemoryError where the machine cannot hold it.
        """
        program = compile_graph(graph, report) if report.ok else compile_incomplete(graph, report)
        if program is None:
            return cls(wiring=graph.wiring)
        arrays = weights.matching(program.weights)
        network = Network.build(program, arrays, seed)
        initialized = frozenset(program.weights.keys() - arrays.keys())
        built = cls.of(network, graph.wiring, complete=report.ok)
        return replace(built, seed=seed if initialized else None, initialized=initialized)

    def takes(self, image: Array) -> bool:
        """Whether the network can be computed for a scaled image (1, C, H, W)."""
        return self.viewer is not None and image.shape[1:] == self.viewer.program.shapes[self.viewer.program.input]

    def feature_maps(self, image: Array | None) -> Iterator[dict[NodeId, Array]]:
        """The outputs (1, ...) that are computed so far for a scaled image (1, C, H, W), now and then, at last all.

        There are none without an image that fits.
        """
        computed: dict[NodeId, Array] = {}
        if self.viewer is not None and image is not None and self.takes(image):
            last = time.monotonic()
            for arrays in self.viewer.activations_by_layer(image):
                computed.update(arrays)
                if computed and time.monotonic() - last >= INTERVAL:
                    yield dict(computed)
                    last = time.monotonic()
        yield computed
