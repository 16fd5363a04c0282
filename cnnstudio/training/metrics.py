"""How well a network does on a split of the data."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from cnnstudio.array import Array
from cnnstudio.data import Dataset
from cnnstudio.engine.engine import Execution
from cnnstudio.engine.losses import loss_function

CHUNK = 512  # images judged at once


@dataclass(frozen=True)
class Evaluation:
    """Loss and, where the network votes on classes, accuracy and confusion[true class][answered class]."""

    samples: int
    loss: float
    accuracy: float | None
    confusion: Array | None


@dataclass(frozen=True, eq=False)
class Judgement:
    """What the network answered to every image of a split, and how well that is.

    `labels` and `answers` are classes (N,), `certainty` (N,) is the answered class's vote: a share after softmax or
    sigmoid, else a plain number. Without votes on classes there are no answers.
    """

    split: str
    evaluation: Evaluation
    labels: Array
    answers: Array
    certainty: Array

    def mistakes(self) -> Array:
        """The places in the split of the images that were answered wrongly, the most certain first."""
        return self._most_certain(self.answers != self.labels[: len(self.answers)])

    def answered(self, true: int, given: int) -> Array:
        """The places of the images of one class that were taken for another, the most certain first."""
        return self._most_certain((self.answers == given) & (self.labels[: len(self.answers)] == true))

    def _most_certain(self, chosen: Array) -> Array:
        places = np.flatnonzero(chosen)
        ordered: Array = places[np.argsort(-self.certainty[places], kind="stable")]
        return ordered


def evaluate(execution: Execution, dataset: Dataset, split: str) -> Evaluation:
    """Judge every image of the split, without learning."""
    judging = judge(execution, dataset, split)
    while True:
        try:
            next(judging)
        except StopIteration as end:
            evaluation: Evaluation = end.value.evaluation
            return evaluation


def judge(execution: Execution, dataset: Dataset, split: str) -> Generator[int, None, Judgement]:
    """Judge every image of the split, and yield how many are done; at its end it returns the judgement."""
    program = execution.program
    loss = loss_function(program.require_loss(), np.dtype(np.float64))
    classes = len(dataset.class_names)
    confusion = np.zeros((classes, classes), np.int64) if program.is_classification else None
    indices = dataset.splits[split]
    total = loss.total(dataset.labels[indices]) if len(indices) else 1.0
    value = 0.0
    answers, certainty = [np.empty(0, np.intp)], [np.empty(0)]
    for first in range(0, len(indices), CHUNK):
        images, labels = dataset.take(indices[first : first + CHUNK])
        votes, scores = execution.predict(images)
        columns = np.moveaxis(scores, 0, -1).astype(np.float64)
        share = 1.0 if not program.require_loss().mixes_samples else len(labels) / len(indices)
        value += share * loss.value(columns, labels, np.moveaxis(images, 0, -1), total, None)
        if confusion is not None:
            best = columns.argmax(axis=0)
            np.add.at(confusion, (labels, best), 1)
            answers.append(best)
            certainty.append(votes[np.arange(len(best)), best])
        yield first + len(labels)
    accuracy = None if confusion is None else float(np.trace(confusion)) / max(len(indices), 1)
    evaluation = Evaluation(len(indices), value, accuracy, confusion)
    return Judgement(split, evaluation, dataset.labels[indices], np.concatenate(answers), np.concatenate(certainty))
