"""The one rule for whether a network fits its data, for graphs while they are edited and for runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from cnnstudio.graph.data_spec import DataSpec
from cnnstudio.layers import format_shape
from cnnstudio.operations import ElementLoss, Loss, Shape, elements


class MismatchKind(Enum):
    """What does not fit."""

    IMAGE_SHAPE = auto()
    CLASSES = auto()
    CLASS_WEIGHTS = auto()
    TARGET_SIZE = auto()  # of an image as the target


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something in which the network does not fit its data, and a message that says so."""

    kind: MismatchKind
    message: str


def find_mismatches(
    data: DataSpec, input_shape: Shape | None, scores_shape: Shape | None, loss: Loss | None
) -> Iterator[Mismatch]:
    """Compare the data with the Input's shape, the shape that reaches Output, and the loss; None: not known yet."""
    if input_shape is not None and input_shape != data.image:
        message = f"The data has images of {format_shape(data.image)}, but Input is set to {format_shape(input_shape)}."
        yield Mismatch(MismatchKind.IMAGE_SHAPE, message)
    if loss is None or scores_shape is None:
        return
    if loss.is_classification and scores_shape != (data.classes,):
        message = f"The data has {data.classes} classes, but {scores_shape[0]} scores reach Output."
        yield Mismatch(MismatchKind.CLASSES, message)
    if loss.class_weights and len(loss.class_weights) != data.classes:
        message = f"The data has {data.classes} classes, but there are {len(loss.class_weights)} class weights."
        yield Mismatch(MismatchKind.CLASS_WEIGHTS, message)
    if isinstance(loss, ElementLoss) and loss.target == "picture" and elements(scores_shape) != elements(data.image):
        message = (
            f"What reaches Output is compared with the image, but it is {format_shape(scores_shape)} and the image "
            f"{format_shape(data.image)}; let the layers before it end in the image's size."
        )
        yield Mismatch(MismatchKind.TARGET_SIZE, message)
