"""What the layers of a project have learned, by name and shape, and what of it is handed out at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cnnstudio.array import Array
from cnnstudio.engine.network import Network
from cnnstudio.engine.weight_key import WeightKey
from cnnstudio.graph import Graph
from cnnstudio.operations import Weight
from cnnstudio.operations.operation import Shape
from cnnstudio.training.checkpoint import Checkpoint


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What is learned at one moment, as copies that nothing trains further.

    `arrays` holds it by name, that of layers that are not connected now included. `network` and `checkpoint` are
    those of the graph as it is now, None where what was trained last is another. `step` is how far that training came.
    """

    arrays: dict[str, Array]
    network: Network | None
    checkpoint: Checkpoint | None
    step: int


class Learned:
    """Every array that was learned or read from a file: what an edit takes away, undo brings back."""

    def __init__(self, arrays: Mapping[str, Array] | None = None) -> None:
        self._arrays: dict[str, dict[Shape, Array]] = {}
        self.keep(arrays or {})

    def keep(self, arrays: Mapping[str, Array]) -> None:
        """Hold these, in place of those of the same name and shape."""
        for key, array in arrays.items():
            shapes = self._arrays.setdefault(key, {})
            shapes.pop(array.shape, None)
            shapes[array.shape] = array

    def copy(self) -> Learned:
        """The same arrays, to which more can be added."""
        twin = Learned()
        twin._arrays = {key: dict(shapes) for key, shapes in self._arrays.items()}
        return twin

    def fitting(self, specs: Mapping[str, Weight]) -> dict[str, Array]:
        """The arrays that a network with these weights goes on with; it draws the others."""
        held = ((key, self._arrays.get(key, {}).get(spec.shape)) for key, spec in specs.items())
        return {key: array for key, array in held if array is not None}

    def by_name(self, graph: Graph, specs: Mapping[str, Weight]) -> dict[str, Array]:
        """One array for each name of the graph's nodes, as a file holds them: the one that fits, else the latest."""
        here = {key: shapes for key, shapes in self._arrays.items() if WeightKey.parse(key).node in graph.nodes}
        return {key: list(shapes.values())[-1] for key, shapes in here.items()} | self.fitting(specs)
