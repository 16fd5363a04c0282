"""The Input and Output layers, and the choice of the loss."""

from __future__ import annotations

from cnnstudio.layers.layer import Layer, LayerFix, ShapeError, format_shape
from cnnstudio.operations import LOSSES, BlockBuilder, Loss, Value
from cnnstudio.spec import choice, numbers, real


def _losses_with(option: str) -> tuple[str, ...]:
    return tuple(kind for kind, loss in LOSSES.items() if option in loss.options())


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
        options=tuple(LOSSES),
        labels=tuple(loss.title for loss in LOSSES.values()),
        help="What training minimizes.",
    )
    target: str = choice(
        default="class",
        options=("class", "picture"),
        labels=("the image's class", "the image itself"),
        when=("loss", _losses_with("target")),
        help="What the output is compared with. With the image itself the network is an autoencoder.",
    )
    margin: float = real(
        default=1.0,
        min=0.0,
        max=100.0,
        step=0.1,
        when=("loss", _losses_with("margin")),
        help="How far the true class must be ahead of the others.",
    )
    label_smoothing: float = real(
        default=0.0,
        min=0.0,
        max=0.9,
        step=0.05,
        when=("loss", _losses_with("label_smoothing")),
        help="Fraction of the target that is spread over all classes, against overconfidence.",
    )
    class_weights: tuple[float, ...] = numbers(
        default=(),
        min=0.0,
        max=1000.0,
        lengths=(0, 4096),
        integral=False,
        when=("loss", _losses_with("class_weights")),
        help="Weight of each class in the loss, in order of the classes. Empty: all equal.",
    )

    def summary(self) -> str:
        return LOSSES[self.loss].summary

    def lower(self, build: BlockBuilder, *inputs: Value) -> Value:
        (scores,) = inputs
        loss = self._loss()
        if loss.needs_vector and len(scores.shape) != 1:
            raise ShapeError(
                f"Needs one score per class, but its input is {format_shape(scores.shape)}. Insert Flatten or a "
                "fully connected layer before it.",
                LayerFix("Insert Flatten", insert="flatten"),
                LayerFix("Insert Global average", insert="global_average_pooling"),
            )
        if loss.needs_vector and loss.class_weights and len(loss.class_weights) != scores.shape[0]:
            raise ShapeError(
                f"There are {len(loss.class_weights)} class weights, but {scores.shape[0]} classes.",
                LayerFix("Remove the class weights", {"class_weights": ()}),
            )
        build.loss(loss, scores)
        return scores if loss.prediction is None else build.emit(loss.prediction, scores)

    def is_signed(self, inputs_signed: bool) -> bool:
        return inputs_signed and not self._loss().outputs_probabilities

    def _loss(self) -> Loss:
        loss = LOSSES[self.loss]
        return loss(**{name: getattr(self, name) for name in loss.options()})
