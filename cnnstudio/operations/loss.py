"""Losses: what training minimizes. Each is the mean over the samples of a batch."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

from cnnstudio.operations.operation import Operation
from cnnstudio.operations.pointwise import Activation, Softmax


@dataclass(frozen=True)
class Loss(Operation):
    """A loss of the scores that the Output layer receives. `class_weights` is empty or has one weight per class.

    With class weights the mean is weighted: sum of weight times loss, divided by the sum of weights.
    `kind` stands in files, `title` in lists, `summary` on the node.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    prediction: ClassVar[Operation | None] = None  # turns the scores into probabilities, where the loss has them
    ignored: ClassVar[tuple[str, ...]] = ()  # fields that have no effect

    class_weights: tuple[float, ...] = ()

    @classmethod
    def options(cls) -> tuple[str, ...]:
        """The fields that have an effect."""
        return tuple(field.name for field in fields(cls) if field.name not in cls.ignored)

    @property
    def outputs_probabilities(self) -> bool:
        """Whether the network turns the scores into probabilities."""
        return self.prediction is not None

    @property
    def is_classification(self) -> bool:
        """Whether the largest score is the predicted class, so that there must be one score per class."""
        return self.needs_vector

    @property
    def needs_vector(self) -> bool:
        """Whether the scores of a sample must be a vector."""
        return True


@dataclass(frozen=True)
class SoftmaxCrossEntropy(Loss):
    """Minus the log of the probability that softmax gives the true class."""

    kind = "softmax"
    title = "Softmax cross-entropy"
    summary = "softmax · cross-entropy"
    prediction = Softmax()

    label_smoothing: float = 0.0


@dataclass(frozen=True)
class Hinge(Loss):
    """The multi-class SVM loss of CS231n: the sum over wrong classes j of max(0, s_j - s_y + margin)."""

    kind = "hinge"
    title = summary = "SVM hinge"

    margin: float = 1.0


@dataclass(frozen=True)
class ElementLoss(Loss):
    """A loss of each value and its target, averaged over the values of a sample.

    `target` is `class` (1 for the true class, 0 for the others) or `picture` (the input image).
    """

    target: str = "class"

    @property
    def needs_vector(self) -> bool:
        return self.target == "class"


@dataclass(frozen=True)
class BinaryCrossEntropy(ElementLoss):
    """Cross-entropy of a sigmoid on each score."""

    kind = "binary"
    title = "Binary cross-entropy"
    summary = "sigmoid · binary cross-entropy"
    prediction = Activation("sigmoid")

    label_smoothing: float = 0.0


@dataclass(frozen=True)
class MeanSquaredError(ElementLoss):
    """The squared difference."""

    kind = "squared"
    title = "Mean squared error"
    summary = "squared error"


@dataclass(frozen=True)
class MeanAbsoluteError(ElementLoss):
    """The absolute difference."""

    kind = "absolute"
    title = "Mean absolute error"
    summary = "absolute error"


@dataclass(frozen=True)
class Triplet(Loss):
    """Batch-hard triplet loss (Hermans, Beyer and Leibe, 2017) on Euclidean distances between embeddings.

    For each sample: max(0, distance to the farthest sample of its class - distance to the nearest of another class +
    margin). Samples without both in the batch do not count.
    """

    kind = "triplet"
    title = "Triplet (embeddings)"
    summary = "triplet"
    mixes_samples = True
    ignored = ("class_weights",)

    margin: float = 1.0

    @property
    def is_classification(self) -> bool:
        return False


LOSSES: dict[str, type[Loss]] = {
    cls.kind: cls
    for cls in (SoftmaxCrossEntropy, Hinge, BinaryCrossEntropy, MeanSquaredError, MeanAbsoluteError, Triplet)
}
