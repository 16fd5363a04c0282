"""The Input and Output layers, and the choice of the loss."""

from __future__ import annotations

from collections.abc import Callable

from cnnstudio.layers.layer import Layer, LayerFix, ShapeError, format_shape
from cnnstudio.operations import (
    Activation,
    BinaryCrossEntropy,
    BlockBuilder,
    Hinge,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    Softmax,
    SoftmaxCrossEntropy,
    Triplet,
    Value,
)
from cnnstudio.spec import choice, numbers, real


class InputLayer(Layer, kind="input", title="Input", role="input", inputs=(0, 0), key="I"):
    """The image that enters the network: channels (1 for grayscale, 3 for color), height and width."""

    is_input = True
    numbered = False

    shape: tuple[int, ...] = numbers(
        default=(1, 28, 28),
        min=1,
        max=4096,
        lengths=(3, 3),
        names=("channels", "height", "width"),
        help="Channels, height and width of the images.",
    )

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        return build.image(self.shape)

    def is_signed(self, inputs_signed: bool) -> bool:
        return True


class OutputLayer(
    Layer,
    kind="output",
    synonyms="softmax svm hinge cross-entropy loss classes",
    title="Output",
    role="output",
    key="O",
):
    """The end of the network: its prediction, and the loss that training minimizes.

    Softmax turns the scores into probabilities; SVM requires the true class to win by a margin; binary cross-entropy
    treats each score as a separate yes or no; squared and absolute error compare with a target; triplet places images
    of one class close together.
    """

    is_output = True
    numbered = False

    loss: str = choice(
        default="softmax",
        options=("softmax", "hinge", "binary", "squared", "absolute", "triplet"),
        labels=(
            "Softmax cross-entropy",
            "SVM hinge",
            "Binary cross-entropy",
            "Mean squared error",
            "Mean absolute error",
            "Triplet (embeddings)",
        ),
        help="What training minimizes.",
    )
    target: str = choice(
        default="class",
        options=("class", "picture"),
        labels=("the image's class", "the image itself"),
        when=("loss", ("binary", "squared", "absolute")),
        help="What the output is compared with. With the image itself the network is an autoencoder.",
    )
    margin: float = real(
        default=1.0,
        min=0.0,
        max=100.0,
        step=0.1,
        when=("loss", ("hinge", "triplet")),
        help="How far the true class must be ahead of the others.",
    )
    label_smoothing: float = real(
        default=0.0,
        min=0.0,
        max=0.9,
        step=0.05,
        when=("loss", ("softmax", "binary")),
        help="Fraction of the target that is spread over all classes, against overconfidence.",
    )
    class_weights: tuple[float, ...] = numbers(
        default=(),
        min=0.0,
        max=1000.0,
        lengths=(0, 4096),
        integral=False,
        when=("loss", ("softmax", "hinge", "binary", "squared", "absolute")),
        help="Weight of each class in the loss, in order of the classes. Empty: all equal.",
    )

    def summary(self) -> str:
        return {
            "softmax": "softmax · cross-entropy",
            "hinge": "SVM hinge",
            "binary": "sigmoid · binary cross-entropy",
            "squared": "squared error",
            "absolute": "absolute error",
            "triplet": "triplet",
        }[self.loss]

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        (scores,) = inputs
        is_classification = self.loss in ("softmax", "hinge", "triplet") or self.target == "class"
        if is_classification and len(scores.shape) != 1:
            raise ShapeError(
                f"Needs one score per class, but its input is {format_shape(scores.shape)}. Insert Flatten or a "
                "fully connected layer before it.",
                LayerFix("Insert Flatten", insert="flatten"),
                LayerFix("Insert Global average", insert="global_average_pooling"),
            )
        if is_classification and self.class_weights and len(self.class_weights) != scores.shape[0]:
            raise ShapeError(
                f"There are {len(self.class_weights)} class weights, but {scores.shape[0]} classes.",
                LayerFix("Remove the class weights", {"class_weights": ()}),
            )
        build.loss(self._loss(), scores)
        if self.loss == "softmax":
            return build.emit(Softmax(), scores)
        if self.loss == "binary":
            return build.emit(Activation("sigmoid"), scores)
        return scores

    def is_signed(self, inputs_signed: bool) -> bool:
        return inputs_signed and not self._loss().outputs_probabilities

    def _loss(self) -> Loss:
        weights = self.class_weights
        losses: dict[str, Callable[[], Loss]] = {
            "softmax": lambda: SoftmaxCrossEntropy(weights, self.label_smoothing),
            "hinge": lambda: Hinge(weights, self.margin),
            "binary": lambda: BinaryCrossEntropy(weights, self.target, self.label_smoothing),
            "squared": lambda: MeanSquaredError(weights, self.target),
            "absolute": lambda: MeanAbsoluteError(weights, self.target),
            "triplet": lambda: Triplet((), self.margin),
        }
        return losses[self.loss]()
