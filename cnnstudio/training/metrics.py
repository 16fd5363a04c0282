"""How well a network does on a split of the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnstudio.data import Dataset
from cnnstudio.engine.engine import Execution
from cnnstudio.engine.numpy.loss import loss_pass

Array = NDArray[Any]

CHUNK = 512  # pictures judged at once


@dataclass(frozen=True)
class Evaluation:
    """Loss and, where the network votes on classes, accuracy and confusion[true class][answered class]."""

    samples: int
    loss: float
    accuracy: float | None
    confusion: Array | None


def evaluate(execution: Execution, dataset: Dataset, split: str) -> Evaluation:
    """Judge every picture of the split, without learning."""
    program = execution.program
    loss = loss_pass(program.loss, np.dtype(np.float64))
    classes = len(dataset.class_names)
    confusion = np.zeros((classes, classes), np.int64) if program.by_class else None
    indices = dataset.splits[split]
    total = loss.total(dataset.labels[indices]) if len(indices) else 1.0
    value = 0.0
    for first in range(0, len(indices), CHUNK):
        pictures, labels = dataset.take(indices[first : first + CHUNK])
        _, scores = execution.predict(pictures)
        columns = np.moveaxis(scores, 0, -1).astype(np.float64)
        share = 1.0 if not program.loss.mixes_samples else len(labels) / len(indices)
        value += share * loss.value(columns, labels, np.moveaxis(pictures, 0, -1), total, None)
        if confusion is not None:
            np.add.at(confusion, (labels, columns.argmax(axis=0)), 1)
    accuracy = None if confusion is None else float(np.trace(confusion)) / max(len(indices), 1)
    return Evaluation(len(indices), value, accuracy, confusion)
