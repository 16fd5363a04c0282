"""What is trained at one moment: for saving, exporting and evaluating."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from cnnstudio.array import Array
from cnnstudio.engine.network import Network
from cnnstudio.engine.weights import Weights
from cnnstudio.graph import Graph
from cnnstudio.runs.weight_store import WeightStore
from cnnstudio.training.checkpoint import Checkpoint


@dataclass(frozen=True, eq=False)
class TrainingState:
    """How far training has come, and for which wiring of the graph.

    `weights` are copies of those that a run trains; None where no run is active, so that the stored ones are current.
    """

    checkpoint: Checkpoint
    wiring: object
    weights: Weights | None = None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Weights and checkpoint that belong together, as copies that nothing trains further.

    `arrays` holds weights by name, those of unconnected layers included. `network` and `checkpoint` are those of the
    current graph, None where another one was trained. `step` is how many steps that training has made.
    """

    arrays: dict[str, Array]
    network: Network | None
    checkpoint: Checkpoint | None
    step: int

    @classmethod
    def take(
        cls, graph: Graph, stored: WeightStore, progress: TrainingState, shown: Network | None, *, complete: bool
    ) -> Snapshot:
        """Put together what belongs to the graph.

        `shown` is the network on display, and `complete` whether it is the graph's whole network and no run trains
        another one.
        """
        weights, same = progress.weights, graph.wiring == progress.wiring
        trained = weights.arrays if weights is not None else {}
        store = stored.copy()
        store.put(trained)
        arrays = store.by_name(graph, shown.program.weights if shown is not None else {})
        network = None
        if shown is not None and complete:
            network = Network(shown.program, weights) if weights is not None else shown.copy()
        return cls(
            arrays={key: array if trained.get(key) is array else array.copy() for key, array in arrays.items()},
            network=network,
            checkpoint=copy.deepcopy(progress.checkpoint) if same else None,
            step=progress.checkpoint.step,
        )
