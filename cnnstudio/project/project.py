"""The project as a value: what a person draws and chooses. An edit makes a new one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cnnstudio.array import Array
from cnnstudio.data import Dataset, DatasetName, Scaling
from cnnstudio.graph import Graph
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.settings import TrainingChoice


@dataclass(frozen=True)
class DataChoice:
    """Which data, how split, and what it said of itself, so that a saved network can be used without it.

    `source` is a short name such as `xo` or `mnist:FOLDER`; `validation` the share of training images held back.
    """

    source: DatasetName = DatasetName("xo")
    validation: float = 0.1
    seed: int = 0
    class_names: tuple[str, ...] = ()
    scaling: Scaling = Scaling()
    limits: tuple[float, float] = (0.0, 255.0)

    def describing(self, dataset: Dataset) -> DataChoice:
        """The same choice with what the data set says of itself."""
        return replace(self, class_names=dataset.class_names, scaling=dataset.scaling, limits=dataset.limits)

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "source": str(self.source),
            "validation": self.validation,
            "seed": self.seed,
            "class_names": list(self.class_names),
            "scaling": {"mean": list(self.scaling.mean), "deviation": list(self.scaling.std)},
            "limits": list(self.limits),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DataChoice:
        """What `to_dict` wrote. Raises KeyError, TypeError or ValueError where something else was."""
        scaling = Scaling(_numbers(data["scaling"]["mean"]), _numbers(data["scaling"]["deviation"]))
        if not len(scaling.mean) == len(scaling.std) > 0 or not all(scaling.std):
            raise ValueError("data.scaling is no scaling")
        names = tuple(str(name) for name in data["class_names"])
        black, white = _numbers(data["limits"])
        validation, seed = float(data["validation"]), int(data["seed"])
        if not 0.0 <= validation <= 1.0 or seed < 0:
            raise ValueError("data.validation or data.seed is out of range")
        return cls(DatasetName.parse(str(data["source"])), validation, seed, names, scaling, (black, white))


def _numbers(values: Iterable[Any]) -> tuple[float, ...]:
    numbers = tuple(float(value) for value in values)
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"{numbers} are not all finite")
    return numbers


@dataclass(frozen=True)
class Project:
    """Title, graph, data choice and training choice.

    `unknown` keeps, as JSON text, what a newer program added, and `members` the files that it put beside.
    """

    title: str = "Untitled"
    graph: Graph = field(default_factory=Graph)
    data: DataChoice = DataChoice()
    training: TrainingChoice = field(default_factory=TrainingChoice)
    unknown: str = ""
    members: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)

    def with_graph(self, graph: Graph) -> Project:
        """The project with another graph."""
        return replace(self, graph=graph)

    def with_data(self, data: DataChoice) -> Project:
        """The project with other data."""
        return replace(self, data=data)

    def with_training(self, training: TrainingChoice) -> Project:
        """The project with other training choices."""
        return replace(self, training=training)


@dataclass(frozen=True)
class SavedProject:
    """What a project file holds: the project, the network's arrays by name, and where its last run stopped."""

    project: Project
    arrays: Mapping[str, Array] = field(default_factory=dict)
    checkpoint: Checkpoint | None = None
