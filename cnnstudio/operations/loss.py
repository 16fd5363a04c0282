"""Losses: what training minimizes. Each is the mean over the samples of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cnnstudio.operations.operation import Operation


@dataclass(frozen=True)
class Loss(Operation):
    """A loss of the scores that the Output layer receives. `class_weights` is empty or has one weight per class.

    With class weights the mean is weighted: sum of weight times loss, divided by the sum of weights.
    """

    outputs_probabilities: ClassVar[bool] = False  # the network turns the scores into probabilities

    class_weights: tuple[float, ...] = ()

    @property
    def is_classification(self) -> bool:
        """Whether the largest score is the predicted class, so that there must be one score per class."""
        return True


@dataclass(frozen=True)
class SoftmaxCrossEntropy(Loss):
    """Minus the log of the probability that softmax gives the true class."""

    outputs_probabilities: ClassVar[bool] = True

    label_smoothing: float = 0.0


@dataclass(frozen=True)
class Hinge(Loss):
    """The multi-class SVM loss of CS231n: the sum over wrong classes j of max(0, s_j - s_y + margin)."""

    margin: float = 1.0


@dataclass(frozen=True)
class ElementLoss(Loss):
    """A loss of each value and its target, averaged over the values of a sample.

    `target` is `class` (1 for the true class, 0 for the others) or `picture` (the input image).
    """

    target: str = "class"

    @property
    def is_classification(self) -> bool:
        return self.target == "class"


@dataclass(frozen=True)
class BinaryCrossEntropy(ElementLoss):
    """Cross-entropy of a sigmoid on each score."""

    outputs_probabilities: ClassVar[bool] = True

    label_smoothing: float = 0.0


@dataclass(frozen=True)
class MeanSquaredError(ElementLoss):
    """The squared difference."""


@dataclass(frozen=True)
class MeanAbsoluteError(ElementLoss):
    """The absolute difference."""


@dataclass(frozen=True)
class Triplet(Loss):
    """Batch-hard triplet loss (Hermans, Beyer and Leibe, 2017) on Euclidean distances between embeddings.

    For each sample: max(0, distance to the farthest sample of its class - distance to the nearest of another class +
    margin). Samples without both in the batch do not count.
    """

    mixes_samples: ClassVar[bool] = True

    margin: float = 1.0

    @property
    def is_classification(self) -> bool:
        return False
