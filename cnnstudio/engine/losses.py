"""Losses of scores laid out (classes, N): their value, their gradient, and how many samples were judged right."""

from __future__ import annotations

from abc import abstractmethod
from functools import lru_cache
from typing import Any

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


class LossPass:
    """A loss over one batch or a shard of it.

    `value` returns the shard's share of the batch's mean loss and, with a gradient array, writes the gradient of
    that mean. `total` is what the mean divides by: the number of samples of the whole batch, or their weights' sum.
    """

    def __init__(self, loss: Loss, dtype: np.dtype[Any]) -> None:
        self.loss, self.dtype = loss, dtype
        self.class_weights = np.array(loss.class_weights, dtype) if loss.class_weights else None

    def total(self, labels: Array) -> float:
        """What the mean over samples with these labels divides by; one where no sample has any weight."""
        return float(len(labels)) if self.class_weights is None else float(self.class_weights[labels].sum()) or 1.0

    def sample_weights(self, labels: Array) -> Array | None:
        """Each sample's weight; None where all are one."""
        return None if self.class_weights is None else self.class_weights[labels]

    @abstractmethod
    def value(self, scores: Array, labels: Array, image: Array, total: float, gradient: Array | None) -> float:
        """The share of the mean loss; `image` is the network's input (C, H, W, N), `gradient` is contiguous."""

    def scratch_bytes(self, features: int, batch: int) -> int:
        """What `value` takes for a while where it is more than a few numbers a score."""
        return 0

    def correct(self, scores: Array, labels: Array) -> int:
        """How many samples' largest score is that of their class; 0 where scores do not vote on classes."""
        if not self.loss.is_classification:
            return 0
        return int(np.count_nonzero(scores.argmax(axis=0) == labels))


class SoftmaxPass(LossPass):
    """Softmax cross-entropy."""

    def value(self, scores: Array, labels: Array, image: Array, total: float, gradient: Array | None) -> float:
        assert isinstance(self.loss, SoftmaxCrossEntropy)
        shifted = np.subtract(scores, np.maximum.reduce(scores, axis=0), out=gradient)
        if self.loss.label_smoothing == 0.0 and self.class_weights is None:
            flat = shifted.reshape(-1)
            places = np.multiply(labels, len(labels), dtype=np.intp)  # where each sample's right score lies in it
            np.add(places, _samples(len(labels)), out=places)
            losses = flat.take(places)
            np.exp(shifted, out=shifted)
            sums = np.dot(_ones(len(shifted), shifted.dtype), shifted)
            np.subtract(np.log(sums), losses, out=losses)
            value = float(np.add.reduce(losses)) / total
            if gradient is not None:
                np.multiply(sums, total, out=sums)
                np.divide(gradient, sums, out=gradient)
                flat[places] -= 1.0 / total
            return value
        return self._weighted(shifted, labels, total, gradient)

    def _weighted(self, shifted: Array, labels: Array, total: float, gradient: Array | None) -> float:
        assert isinstance(self.loss, SoftmaxCrossEntropy)
        places = np.arange(len(labels))
        smoothing, classes = self.loss.label_smoothing, len(shifted)
        wanted = np.full_like(shifted, smoothing / classes)
        wanted[labels, places] += 1.0 - smoothing
        if self.class_weights is not None:
            wanted *= self.class_weights[:, None]
        logs = shifted - np.log(np.add.reduce(np.exp(shifted), axis=0))
        if gradient is not None:
            np.multiply(np.exp(logs), wanted.sum(axis=0), out=gradient)
            np.subtract(gradient, wanted, out=gradient)
            np.divide(gradient, total, out=gradient)
        return -float((wanted * logs).sum()) / total


@lru_cache(maxsize=16)
def _samples(count: int) -> Array:
    """0 to count - 1, to be read only."""
    return np.arange(count)


@lru_cache(maxsize=16)
def _ones(count: int, dtype: np.dtype[Any]) -> Array:
    """Ones, to be read only."""
    return np.ones(count, dtype)


class HingePass(LossPass):
    """Multi-class SVM."""

    def value(self, scores: Array, labels: Array, image: Array, total: float, gradient: Array | None) -> float:
        assert isinstance(self.loss, Hinge)
        places = np.arange(len(labels))
        lead = scores - scores[labels, places] + self.loss.margin
        lead[labels, places] = 0.0
        np.maximum(lead, 0.0, out=lead)
        weights = self.sample_weights(labels)
        if gradient is not None:
            np.greater(lead, 0.0, out=gradient, casting="unsafe")
            gradient[labels, places] = -gradient.sum(axis=0)
            if weights is not None:
                gradient *= weights
            gradient /= total
        return float((lead if weights is None else lead * weights).sum()) / total


class ElementPass(LossPass):
    """Losses of each number against its target."""

    def value(self, scores: Array, labels: Array, image: Array, total: float, gradient: Array | None) -> float:
        assert isinstance(self.loss, ElementLoss)
        if self.loss.target == "class":
            target = np.zeros_like(scores)
            target[labels, np.arange(len(labels))] = 1.0
        else:
            target = image.reshape(scores.shape)
        weights = self.sample_weights(labels)
        size = total * (scores.size // scores.shape[-1])
        value, slope = self.elements(scores, target)
        mean: float = np.sum(value if weights is None else value * weights) / size
        if gradient is not None:
            np.multiply(slope, (1.0 if weights is None else weights) / size, out=gradient)
        return mean

    @abstractmethod
    def elements(self, scores: Array, target: Array) -> tuple[Array, Array]:
        """The loss of every number and its derivative."""


class BinaryPass(ElementPass):
    """Cross-entropy of a sigmoid on each score."""

    def elements(self, scores: Array, target: Array) -> tuple[Array, Array]:
        assert isinstance(self.loss, BinaryCrossEntropy)
        smoothing = self.loss.label_smoothing
        target = target * (1.0 - smoothing) + 0.5 * smoothing if smoothing else target
        value = np.maximum(scores, 0.0) - scores * target + np.log1p(np.exp(-np.abs(scores)))
        chance = np.empty_like(scores)
        sigmoid(scores, chance)
        return value, chance - target


class SquaredPass(ElementPass):
    """The square of the difference."""

    def elements(self, scores: Array, target: Array) -> tuple[Array, Array]:
        difference = scores - target
        return difference * difference, 2.0 * difference


class AbsolutePass(ElementPass):
    """The size of the difference."""

    def elements(self, scores: Array, target: Array) -> tuple[Array, Array]:
        difference = scores - target
        return np.abs(difference), np.sign(difference)


class TripletPass(LossPass):
    """Batch-hard triplet loss.

    The hardest pairs are found by |a|^2 + |b|^2 - 2 a b, one product of matrices; what they count is then computed from
    the difference of the two, whose digits do not cancel.
    """

    def scratch_bytes(self, features: int, batch: int) -> int:
        size = self.dtype.itemsize
        return max(batch * batch * (2 * size + 2), 4 * features * batch * size)

    def value(self, scores: Array, labels: Array, image: Array, total: float, gradient: Array | None) -> float:
        assert isinstance(self.loss, Triplet)
        points = scores.reshape(-1, scores.shape[-1])
        valid, far, near = _hardest(points, labels)
        if gradient is not None:
            gradient.fill(0)
        if not len(valid):
            return 0.0
        lead = _lengths(points, valid, far) - _lengths(points, valid, near) + self.loss.margin
        if gradient is not None:
            active = lead > 0
            flat = gradient.reshape(points.shape)
            for others, sign in ((far, 1.0), (near, -1.0)):
                _pull(points, valid[active], others[active], sign / len(valid), flat)
        return float(np.maximum(lead, 0.0).sum()) / len(valid)


def _hardest(points: Array, labels: Array) -> tuple[Array, Array, Array]:
    """Columns that have both a like and an unlike one, and for each its farthest like and its nearest unlike one."""
    squares = _squared_distances(points)
    like = labels[:, None] == labels
    unlike = ~like
    np.fill_diagonal(like, False)
    valid = np.flatnonzero(like.any(axis=1) & unlike.any(axis=1))
    far = np.where(like, squares, -np.inf).argmax(axis=1)[valid]
    near = np.where(unlike, squares, np.inf).argmin(axis=1)[valid]
    return valid, far, near


def _squared_distances(points: Array) -> Array:
    """Squared distances (N, N) between columns (features, N), about their mean, where they are told apart best."""
    centred = points - points.mean(axis=1, keepdims=True)
    squares: Array = centred.T @ centred
    lengths = squares.diagonal().copy()
    np.multiply(squares, -2.0, out=squares)
    np.add(squares, lengths[:, None], out=squares)
    np.add(squares, lengths, out=squares)
    return np.maximum(squares, 0.0, out=squares)


def _lengths(points: Array, ends: Array, others: Array) -> Array:
    """The distance between each end and its other."""
    difference = points[:, ends] - points[:, others]
    lengths: Array = np.sqrt(np.einsum("fi,fi->i", difference, difference))
    return lengths


def _pull(points: Array, ends: Array, others: Array, scale: float, gradient: Array) -> None:
    """Add the gradient of scale * distance between each end and its other; a distance of zero has none."""
    length = _lengths(points, ends, others)
    unit = (points[:, ends] - points[:, others]) * (scale / np.where(length > 0, length, np.inf))
    np.add.at(gradient.T, ends, unit.T)
    np.add.at(gradient.T, others, -unit.T)


PASSES: dict[type[Loss], type[LossPass]] = {
    SoftmaxCrossEntropy: SoftmaxPass,
    Hinge: HingePass,
    BinaryCrossEntropy: BinaryPass,
    MeanSquaredError: SquaredPass,
    MeanAbsoluteError: AbsolutePass,
    Triplet: TripletPass,
}


def loss_pass(loss: Loss, dtype: np.dtype[Any]) -> LossPass:
    """The pass for a loss."""
    return PASSES[type(loss)](loss, dtype)


def loss_bytes(program: Program, weights: Weights, batch: int) -> int:
    """The memory that computing the loss of a batch takes on the host, beside the plans."""
    return loss_pass(program.require_loss(), weights.dtype).scratch_bytes(
        elements(program.shapes[program.scores]), batch
    )
