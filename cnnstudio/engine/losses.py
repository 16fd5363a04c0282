"""Losses computed on the host from scores laid out (classes, N): value, gradient and number of correct samples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Any, Generic, TypeVar

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.program import Program
from cnnstudio.engine.sigmoid import sigmoid
from cnnstudio.engine.weights import Weights
from cnnstudio.operations import (
    BinaryCrossEntropy,
    ElementLoss,
    Hinge,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    SoftmaxCrossEntropy,
    Triplet,
    elements,
)

Kind = TypeVar("Kind", bound=Loss)
ElementKind = TypeVar("ElementKind", bound=ElementLoss)


class LossFunction(ABC, Generic[Kind]):
    """A loss of one batch, or of a shard of it.

    `total` is what the mean over the whole batch divides by: the number of its samples, or the sum of their class
    weights.
    """

    def __init__(self, loss: Kind, dtype: np.dtype[Any]) -> None:
        self.loss, self.dtype = loss, dtype
        self.class_weights = np.array(loss.class_weights, dtype) if loss.class_weights else None

    def total(self, labels: Array) -> float:
        """What the mean over samples with these labels divides by; 1 where all weights are zero."""
        return float(len(labels)) if self.class_weights is None else float(self.class_weights[labels].sum()) or 1.0

    def sample_weights(self, labels: Array) -> Array | None:
        """The class weight of each sample; None where all are 1."""
        return None if self.class_weights is None else self.class_weights[labels]

    @abstractmethod
    def value(self, scores: Array, labels: Array, image: Array, total: float, grad_scores: Array | None) -> float:
        """The shard's part of the batch's mean loss; `image` is the network's input (C, H, W, N).

        Where `grad_scores` is given, a contiguous array, the gradient of the mean loss is written to it.
        """

    def scratch_bytes(self, features: int, batch: int) -> int:
        """The temporary memory that `value` takes, where it is more than a few numbers per score."""
        return 0

    def correct(self, scores: Array, labels: Array) -> int:
        """How many samples are classified correctly; 0 where the loss is not one of classification."""
        if not self.loss.is_classification:
            return 0
        return int(np.count_nonzero(scores.argmax(axis=0) == labels))


class SoftmaxFunction(LossFunction[SoftmaxCrossEntropy]):
    """Softmax cross-entropy."""

    def value(self, scores: Array, labels: Array, image: Array, total: float, grad_scores: Array | None) -> float:
        shifted = np.subtract(scores, np.maximum.reduce(scores, axis=0), out=grad_scores)
        if self.loss.label_smoothing == 0.0 and self.class_weights is None:
            flat = shifted.reshape(-1)
            places = np.multiply(labels, len(labels), dtype=np.intp)  # where each sample's correct class is in it
            np.add(places, _samples(len(labels)), out=places)
            losses = flat.take(places)
            np.exp(shifted, out=shifted)
            sums = np.dot(_ones(len(shifted), shifted.dtype), shifted)
            np.subtract(np.log(sums), losses, out=losses)
            value = float(np.add.reduce(losses)) / total
            if grad_scores is not None:
                np.multiply(sums, total, out=sums)
                np.divide(grad_scores, sums, out=grad_scores)
                flat[places] -= 1.0 / total
            return value
        return self._weighted(shifted, labels, total, grad_scores)

    def _weighted(self, shifted: Array, labels: Array, total: float, grad_scores: Array | None) -> float:
        places = np.arange(len(labels))
        smoothing, classes = self.loss.label_smoothing, len(shifted)
        target = np.full_like(shifted, smoothing / classes)
        target[labels, places] += 1.0 - smoothing
        if self.class_weights is not None:
            target *= self.class_weights[:, None]
        logs = shifted - np.log(np.add.reduce(np.exp(shifted), axis=0))
        if grad_scores is not None:
            np.multiply(np.exp(logs), target.sum(axis=0), out=grad_scores)
            np.subtract(grad_scores, target, out=grad_scores)
            np.divide(grad_scores, total, out=grad_scores)
        return -float((target * logs).sum()) / total


@lru_cache(maxsize=16)
def _samples(count: int) -> Array:
    """0 to count - 1; shared, so never written to."""
    return np.arange(count)


@lru_cache(maxsize=16)
def _ones(count: int, dtype: np.dtype[Any]) -> Array:
    """Ones; shared, so never written to."""
    return np.ones(count, dtype)


class HingeFunction(LossFunction[Hinge]):
    """Multi-class hinge loss (SVM)."""

    def value(self, scores: Array, labels: Array, image: Array, total: float, grad_scores: Array | None) -> float:
        places = np.arange(len(labels))
        violation = scores - scores[labels, places] + self.loss.margin
        violation[labels, places] = 0.0
        np.maximum(violation, 0.0, out=violation)
        weights = self.sample_weights(labels)
        if grad_scores is not None:
            np.greater(violation, 0.0, out=grad_scores, casting="unsafe")
            grad_scores[labels, places] = -grad_scores.sum(axis=0)
            if weights is not None:
                grad_scores *= weights
            grad_scores /= total
        return float((violation if weights is None else violation * weights).sum()) / total


class ElementFunction(LossFunction[ElementKind]):
    """Losses of each score against its target."""

    def value(self, scores: Array, labels: Array, image: Array, total: float, grad_scores: Array | None) -> float:
        if self.loss.target == "class":
            target = np.zeros_like(scores)
            target[labels, np.arange(len(labels))] = 1.0
        else:
            target = image.reshape(scores.shape)
        weights = self.sample_weights(labels)
        size = total * (scores.size // scores.shape[-1])
        value, derivative = self.elements(scores, target)
        mean: float = np.sum(value if weights is None else value * weights) / size
        if grad_scores is not None:
            np.multiply(derivative, (1.0 if weights is None else weights) / size, out=grad_scores)
        return mean

    @abstractmethod
    def elements(self, scores: Array, target: Array) -> tuple[Array, Array]:
        """The loss of every score, and its derivative."""


class BinaryCrossEntropyFunction(ElementFunction[BinaryCrossEntropy]):
    """Binary cross-entropy of the sigmoid of each score."""

    def elements(self, scores: Array, target: Array) -> tuple[Array, Array]:
        smoothing = self.loss.label_smoothing
        target = target * (1.0 - smoothing) + 0.5 * smoothing if smoothing else target
        value = np.maximum(scores, 0.0) - scores * target + np.log1p(np.exp(-np.abs(scores)))
        probability = np.empty_like(scores)
        with np.errstate(over="ignore"):  # far below zero exp(-x) is infinite, as it should be
            sigmoid(scores, probability)
        return value, probability - target


class SquaredErrorFunction(ElementFunction[MeanSquaredError]):
    """The squared difference."""

    def elements(self, scores: Array, target: Array) -> tuple[Array, Array]:
        difference = scores - target
        return difference * difference, 2.0 * difference


class AbsoluteErrorFunction(ElementFunction[MeanAbsoluteError]):
    """The absolute difference."""

    def elements(self, scores: Array, target: Array) -> tuple[Array, Array]:
        difference = scores - target
        return np.abs(difference), np.sign(difference)


class TripletFunction(LossFunction[Triplet]):
    """Batch-hard triplet loss (Hermans, Beyer and Leibe, 2017).

    The hardest pairs are found with |a|^2 + |b|^2 - 2 a b, one matrix product; their distances are then computed from
    the differences, which do not suffer from cancellation.
    """

    def scratch_bytes(self, features: int, batch: int) -> int:
        size = self.dtype.itemsize
        return max(batch * batch * (2 * size + 2), 4 * features * batch * size)

    def value(self, scores: Array, labels: Array, image: Array, total: float, grad_scores: Array | None) -> float:
        points = scores.reshape(-1, scores.shape[-1])
        valid, far, near = _hardest(points, labels)
        if grad_scores is not None:
            grad_scores.fill(0)
        if not len(valid):
            return 0.0
        violation = _lengths(points, valid, far) - _lengths(points, valid, near) + self.loss.margin
        if grad_scores is not None:
            active = violation > 0
            flat = grad_scores.reshape(points.shape)
            for others, sign in ((far, 1.0), (near, -1.0)):
                _add_distance_gradient(points, valid[active], others[active], sign / len(valid), flat)
        return float(np.maximum(violation, 0.0).sum()) / len(valid)


def _hardest(points: Array, labels: Array) -> tuple[Array, Array, Array]:
    """The columns with both a positive and a negative, and for each its farthest positive and nearest negative."""
    squares = _squared_distances(points)
    positive = labels[:, None] == labels
    negative = ~positive
    np.fill_diagonal(positive, False)
    valid = np.flatnonzero(positive.any(axis=1) & negative.any(axis=1))
    far = np.where(positive, squares, -np.inf).argmax(axis=1)[valid]
    near = np.where(negative, squares, np.inf).argmin(axis=1)[valid]
    return valid, far, near


def _squared_distances(points: Array) -> Array:
    """Squared distances (N, N) between columns (features, N), centered first for precision."""
    centered = points - points.mean(axis=1, keepdims=True)
    squares: Array = centered.T @ centered
    lengths = squares.diagonal().copy()
    np.multiply(squares, -2.0, out=squares)
    np.add(squares, lengths[:, None], out=squares)
    np.add(squares, lengths, out=squares)
    return np.maximum(squares, 0.0, out=squares)


def _lengths(points: Array, ends: Array, others: Array) -> Array:
    """The distance between each of `ends` and its counterpart in `others`."""
    difference = points[:, ends] - points[:, others]
    lengths: Array = np.sqrt(np.einsum("fi,fi->i", difference, difference))
    return lengths


def _add_distance_gradient(points: Array, ends: Array, others: Array, scale: float, gradient: Array) -> None:
    """Add the gradient of scale * distance for each pair; it is zero where the distance is."""
    length = _lengths(points, ends, others)
    unit = (points[:, ends] - points[:, others]) * (scale / np.where(length > 0, length, np.inf))
    np.add.at(gradient.T, ends, unit.T)
    np.add.at(gradient.T, others, -unit.T)


LOSS_FUNCTIONS: dict[type[Loss], type[LossFunction[Any]]] = {
    SoftmaxCrossEntropy: SoftmaxFunction,
    Hinge: HingeFunction,
    BinaryCrossEntropy: BinaryCrossEntropyFunction,
    MeanSquaredError: SquaredErrorFunction,
    MeanAbsoluteError: AbsoluteErrorFunction,
    Triplet: TripletFunction,
}


def loss_function(loss: Loss, dtype: np.dtype[Any]) -> LossFunction[Any]:
    """What computes a loss."""
    return LOSS_FUNCTIONS[type(loss)](loss, dtype)


def loss_bytes(program: Program, weights: Weights, batch: int) -> int:
    """The memory that computing the loss of a batch takes on the host, beside the plans."""
    return loss_function(program.require_loss(), weights.dtype).scratch_bytes(
        elements(program.shapes[program.scores]), batch
    )
