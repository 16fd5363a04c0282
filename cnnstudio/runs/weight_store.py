"""Every array that was trained or loaded, by name and shape, so that undo brings weights back."""

from __future__ import annotations

from collections.abc import Mapping

from cnnstudio.array import Array
from cnnstudio.engine.weight_key import WeightKey
from cnnstudio.graph import Graph
from cnnstudio.operations import Weight
from cnnstudio.operations.operation import Shape


class WeightStore:
    """The newest array of each name and shape; arrays are shared, not copied."""

    def __init__(self, arrays: Mapping[str, Array] | None = None) -> None:
        self._arrays: dict[str, dict[Shape, Array]] = {}
        self.put(arrays or {})

    def put(self, arrays: Mapping[str, Array]) -> None:
        """Store these, in place of those of the same name and shape."""
        for key, array in arrays.items():
            shapes = self._arrays.setdefault(key, {})
            shapes.pop(array.shape, None)
            shapes[array.shape] = array

    def copy(self) -> WeightStore:
        """A store with the same arrays, to which more can be added."""
        copied = WeightStore()
        copied._arrays = {key: dict(shapes) for key, shapes in self._arrays.items()}
        return copied

    def like(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The stored arrays of the same names and shapes."""
        found = ((key, self._arrays.get(key, {}).get(array.shape)) for key, array in arrays.items())
        return {key: array for key, array in found if array is not None}

    def matching(self, specs: Mapping[str, Weight]) -> dict[str, Array]:
        """The arrays that a network with these weights starts with; it initializes the others."""
        found = ((key, self._arrays.get(key, {}).get(spec.shape)) for key, spec in specs.items())
        return {key: array for key, array in found if array is not None}

    def by_name(self, graph: Graph, specs: Mapping[str, Weight]) -> dict[str, Array]:
        """One array for each name of the graph's nodes, as a file holds them: the matching one, else the newest."""
        here = {key: shapes for key, shapes in self._arrays.items() if WeightKey.parse(key).node in graph.nodes}
        return {key: list(shapes.values())[-1] for key, shapes in here.items()} | self.matching(specs)
