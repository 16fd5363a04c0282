"""How well a network does on a split of the data."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from cnnstudio.array import Array
from cnnstudio.data import Dataset
from cnnstudio.engine.engine import Execution
from cnnstudio.engine.losses import loss_function
from cnnstudio.interruption import Interrupted, check_interrupted, current_interruption

CHUNK = 512  # images evaluated at once, at most
CHUNK_WORK = 16_000_000_000  # MACs from which on fewer images are evaluated at once
MIN_CHUNK = 16


@dataclass(frozen=True)
class Evaluation:
    """Loss and, for a classifier, accuracy and the confusion matrix: confusion[true class][predicted class]."""

    samples: int
    loss: float
    accuracy: float | None
    confusion: Array | None


@dataclass(frozen=True, eq=False)
class Predictions:
    """The predicted class of every image of a split, and how well that is.

    `labels` and `predicted` are classes (N,), `confidence` (N,) is the output for the predicted class: a probability
    after softmax or sigmoid, else a score. Where the network is no classifier, the last two are empty.
    """

    split: str
    evaluation: Evaluation
    labels: Array
    predicted: Array
    confidence: Array

    def mistakes(self) -> Array:
        """Positions in the split of the misclassified images, the most confident first."""
        return self._by_confidence(self.predicted != self.labels[: len(self.predicted)])

    def in_cell(self, true: int, predicted: int) -> Array:
        """Positions of the images in a cell of the confusion matrix, the most confident first."""
        return self._by_confidence((self.predicted == predicted) & (self.labels[: len(self.predicted)] == true))

    def _by_confidence(self, chosen: Array) -> Array:
        positions = np.flatnonzero(chosen)
        ordered: Array = positions[np.argsort(-self.confidence[positions], kind="stable")]
        return ordered


def evaluate(execution: Execution, dataset: Dataset, split: str) -> Evaluation:
    """Evaluate the network on every image of the split, in inference mode."""
    steps = evaluate_in_chunks(execution, dataset, split)
    while True:
        check_interrupted()
        try:
            next(steps)
        except StopIteration as end:
            evaluation: Evaluation = end.value.evaluation
            return evaluation


def _predict(execution: Execution, images: Array, begin: float, share: float) -> tuple[Array, Array]:
    """The predictions for a share of all images."""
    interruption = current_interruption()
    interruption.span = (begin, begin + share)
    try:
        return execution.predict(images)
    finally:
        interruption.span = (0.0, 1.0)


def evaluate_in_chunks(execution: Execution, dataset: Dataset, split: str) -> Generator[int, None, Predictions]:
    """Evaluate the network on every image of the split; yields how many are done and returns the predictions.

    Where the thread is interrupted, it yields early; the next step begins again where it was.
    """
    program = execution.program
    loss = loss_function(program.require_loss(), np.dtype(np.float64))
    classes = len(dataset.class_names)
    confusion = np.zeros((classes, classes), np.int64) if program.is_classification else None
    indices = dataset.splits[split]
    total = loss.total(dataset.labels[indices]) if len(indices) else 1.0
    value = 0.0
    predicted, confidence = [np.empty(0, np.intp)], [np.empty(0)]
    first, chunk = 0, max(MIN_CHUNK, min(CHUNK, CHUNK_WORK // max(program.macs, 1)))
    while first < len(indices):
        images, labels = dataset.take(indices[first : first + chunk])
        try:
            outputs, scores = _predict(execution, images, first / len(indices), len(images) / len(indices))
        except Interrupted:
            yield first
            continue
        columns = np.moveaxis(scores, 0, -1).astype(np.float64)
        fraction = 1.0 if not program.require_loss().mixes_samples else len(labels) / len(indices)
        with np.errstate(all="ignore"):  # what is not finite is told by the result
            value += fraction * loss.value(columns, labels, np.moveaxis(images, 0, -1), total, None)
        if confusion is not None:
            best = columns.argmax(axis=0)
            np.add.at(confusion, (labels, best), 1)
            predicted.append(best)
            confidence.append(outputs[np.arange(len(best)), best])
        first += len(labels)
        yield first
    accuracy = None if confusion is None else float(np.trace(confusion)) / max(len(indices), 1)
    evaluation = Evaluation(len(indices), value, accuracy, confusion)
    labels = dataset.labels[indices]
    return Predictions(split, evaluation, labels, np.concatenate(predicted), np.concatenate(confidence))
