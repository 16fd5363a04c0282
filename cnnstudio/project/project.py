"""Project: everything the user edits, as an immutable value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cnnstudio.array import Array
from cnnstudio.data import Dataset, DatasetName, Scaling
from cnnstudio.graph import Graph
from cnnstudio.project.archive import KeptMembers
from cnnstudio.project.saved_run import SavedRun
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.settings import TrainingChoice

LARGEST_PIXEL = 1e18  # in the data's scaling and limits, so that float32 can compute with its square
SMALLEST_DEVIATION = 1e-18
LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class DataChoice:
    """Which dataset, how it is split, and what is needed of it to use a saved network without it.

    `validation` is the fraction of training images held out for validation.
    """

    source: DatasetName = DatasetName("xo")
    validation: float = 0.1
    seed: int = 0
    class_names: tuple[str, ...] = ()
    scaling: Scaling = Scaling()
    limits: tuple[float, float] = (0.0, 255.0)

    def describing(self, dataset: Dataset) -> DataChoice:
        """A copy with the class names, scaling and limits of the dataset."""
        return replace(self, class_names=dataset.class_names, scaling=dataset.scaling, limits=dataset.limits)

    def to_dict(self) -> dict[str, object]:
        """Convert to plain values for JSON."""
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
        """Restore what `to_dict` returned. Raises KeyError, TypeError or ValueError for anything else."""
        scaling = Scaling(_numbers(data["scaling"]["mean"]), _numbers(data["scaling"]["deviation"]))
        if not len(scaling.mean) == len(scaling.std) > 0 or min(map(abs, scaling.std)) < SMALLEST_DEVIATION:
            raise ValueError("data.scaling is invalid")
        names = tuple(str(name) for name in data["class_names"])
        black, white = _numbers(data["limits"])
        validation, seed = float(data["validation"]), int(data["seed"])
        if not 0.0 <= validation <= 1.0 or not 0 <= seed <= LARGEST_SEED:
            raise ValueError("data.validation or data.seed is out of range")
        return cls(DatasetName.parse(str(data["source"])), validation, seed, names, scaling, (black, white))


def _numbers(values: Iterable[Any]) -> tuple[float, ...]:
    numbers = tuple(float(value) for value in values)
    if not all(math.isfinite(number) and abs(number) <= LARGEST_PIXEL for number in numbers):
        raise ValueError(f"{numbers!s:.100} are not all finite")
    return numbers


@dataclass(frozen=True)
class Project:
    """Title, graph, data choice and training choice.

    `unknown` holds, as JSON, fields of newer versions of the program, and `members` files that they added.
    """

    title: str = "Untitled"
    graph: Graph = field(default_factory=Graph)
    data: DataChoice = DataChoice()
    training: TrainingChoice = field(default_factory=TrainingChoice)
    unknown: str = ""
    members: KeptMembers = field(default_factory=KeptMembers, repr=False)

    def with_graph(self, graph: Graph) -> Project:
        """A copy with another graph."""
        return replace(self, graph=graph)

    def with_data(self, data: DataChoice) -> Project:
        """A copy with another data choice."""
        return replace(self, data=data)

    def with_training(self, training: TrainingChoice) -> Project:
        """A copy with another training choice."""
        return replace(self, training=training)


@dataclass(frozen=True)
class SavedProject:
    """The contents of a project file: the project, arrays by key, the checkpoint of the last run, and records of all.

    `contents_hash` tells later whether the file still has these contents; empty where it is no file's.
    """

    project: Project
    arrays: Mapping[str, Array] = field(default_factory=dict)
    checkpoint: Checkpoint | None = None
    runs: tuple[SavedRun, ...] = ()
    contents_hash: str = ""
