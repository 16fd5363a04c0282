"""Every loss with every option, against its definition and against finite differences."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnnstudio.array import Array
from cnnstudio.engine import sharding
from cnnstudio.engine.losses import LOSS_FUNCTIONS
from cnnstudio.engine.network import Network
from cnnstudio.layers import LAYERS
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations import Loss
from cnnstudio.spec import ChoiceParam, params_of
from tests.support.networks import batch, check_gradients, gradients, line, load, network, parts

CLASSES = 4
WEIGHTS = (0.5, 2.0, 0.0, 1.25)


def _options() -> list[OutputLayer]:
    """Every loss with every combination of the options that have an effect on it."""
    found = []
    losses = dict(params_of(OutputLayer))["loss"]
    assert isinstance(losses, ChoiceParam)
    for loss in losses.options:
        for target in ("class", "picture"):
            for weights in ((), WEIGHTS):
                for smoothing in (0.0, 0.15):
                    for margin in (1.0, 0.25):
                        output = OutputLayer(
                            loss=loss, target=target, class_weights=weights, label_smoothing=smoothing, margin=margin
                        )
                        plain = OutputLayer(loss=loss)
                        changed = [
                            name for name, _ in params_of(output) if getattr(output, name) != getattr(plain, name)
                        ]
                        if all(output.has_effect(name) for name in changed):
                            found.append(output)
    return found


def _name(output: OutputLayer) -> str:
    plain = OutputLayer()
    values = {name: getattr(output, name) for name, _ in params_of(output)}
    return " ".join(str(value) for name, value in values.items() if value != getattr(plain, name)) or "softmax"


OUTPUTS = _options()
every_output = pytest.mark.parametrize("output", OUTPUTS, ids=_name)


def _network(output: OutputLayer, seed: int = 0) -> Network:
    return network(line(InputLayer(shape=(1, 2, 2)), FlattenLayer(), DenseLayer(units=CLASSES), output), seed)


def _of_sample(output: OutputLayer, scores: Array, label: int, image: Array) -> float:
    """The loss of one sample, by its definition."""
    if output.loss == "softmax":
        chances = [math.exp(score) / sum(math.exp(other) for other in scores) for score in scores]
        expected = [
            output.label_smoothing / len(scores) + (1 - output.label_smoothing) * (n == label)
            for n in range(len(scores))
        ]
        weights = output.class_weights or [1.0] * len(scores)
        return -sum(w * t * math.log(p) for w, t, p in zip(weights, expected, chances, strict=True))
    weight = output.class_weights[label] if output.class_weights else 1.0
    if output.loss == "hinge":
        others = [score for n, score in enumerate(scores) if n != label]
        return weight * sum(max(0.0, score - scores[label] + output.margin) for score in others)
    targets = [float(n == label) for n in range(len(scores))] if output.target == "class" else list(image)
    if output.loss == "binary":
        targets = [t * (1 - output.label_smoothing) + output.label_smoothing / 2 for t in targets]
        chances = [1 / (1 + math.exp(-score)) for score in scores]
        each = [-t * math.log(p) - (1 - t) * math.log(1 - p) for t, p in zip(targets, chances, strict=True)]
    elif output.loss == "squared":
        each = [(score - t) ** 2 for score, t in zip(scores, targets, strict=True)]
    else:
        each = [abs(score - t) for score, t in zip(scores, targets, strict=True)]
    return weight * sum(each) / len(each)


def _triplet(output: OutputLayer, scores: Array, labels: Array) -> float:
    """Batch-hard: the farthest positive and the nearest negative of each sample that has both."""
    losses = []
    for n, point in enumerate(scores):
        far = [math.dist(point, scores[m]) for m in range(len(scores)) if m != n and labels[m] == labels[n]]
        near = [math.dist(point, scores[m]) for m in range(len(scores)) if labels[m] != labels[n]]
        if far and near:
            losses.append(max(0.0, max(far) - min(near) + output.margin))
    return sum(losses) / len(losses) if losses else 0.0


def _definition(output: OutputLayer, scores: Array, labels: Array, images: Array) -> float:
    if output.loss == "triplet":
        return _triplet(output, scores, labels)
    weights = [output.class_weights[label] if output.class_weights else 1.0 for label in labels]
    rows = [image.ravel() for image in images]
    losses = [_of_sample(output, *sample) for sample in zip(scores, labels, rows, strict=True)]
    return sum(losses) / (sum(weights) or 1.0)


def test_every_loss_is_covered() -> None:
    tried = {type(_network(output).program.loss) for output in OUTPUTS}
    assert tried == set(LOSS_FUNCTIONS)
    assert len(OUTPUTS) == 26


@every_output
@pytest.mark.parametrize("size", [1, 2, 9])
def test_the_value_matches_the_definition(output: OutputLayer, size: int) -> None:
    made = _network(output)
    x, labels = batch(made, size)
    with load(made) as execution:
        scores = execution.predict(x)[1]
        found = execution.gradient(x, labels)[0]
    assert found.loss == pytest.approx(_definition(output, scores, labels, x), rel=1e-12, abs=1e-14)
    right = int((scores.argmax(axis=1) == labels).sum())
    assert found.correct == (right if made.program.is_classification else 0)


@every_output
@pytest.mark.parametrize("size", [1, 3, 8])
def test_the_gradient_matches_finite_differences(output: OutputLayer, size: int) -> None:
    for seed in range(3):
        check_gradients(_network(output, seed), size, seed)


@every_output
def test_shards_add_up_to_the_loss_of_the_batch(output: OutputLayer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharding, "SHARD_WORK", 1)
    made = _network(output)
    x, labels = batch(made, 37)
    expected = gradients(made, x, labels)
    with load(made) as whole, load(made, threads=3) as shared:
        value, other = whole.gradient(x, labels)[0], shared.gradient(x, labels)
        assert value.loss == pytest.approx(other[0].loss, rel=1e-13)
        assert value.correct == other[0].correct
        for key, gradient in expected.items():
            np.testing.assert_allclose(parts(made.weights, other[1])[key], gradient, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("loss", ["softmax", "binary", "hinge"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_of_any_size_have_a_finite_loss(loss: str, dtype: type) -> None:
    made = network(
        line(InputLayer(shape=(1, 2, 2)), FlattenLayer(), DenseLayer(units=CLASSES), OutputLayer(loss=loss)),
        dtype=dtype,
    )
    x, labels = batch(made, 5)
    with load(made) as execution:
        found = execution.gradient(x * 1e4, labels)[0]
    assert math.isfinite(found.loss)
    assert found.loss > 100


def test_a_batch_with_zero_class_weights_changes_nothing() -> None:
    made = _network(OutputLayer(class_weights=WEIGHTS))
    x, _ = batch(made, 3)
    with load(made) as execution:
        result, gradient = execution.gradient(x, np.full(3, WEIGHTS.index(0.0)))
    assert result.loss == 0.0
    assert not gradient.any()


def test_a_triplet_needs_a_positive_and_a_negative() -> None:
    made = _network(OutputLayer(loss="triplet"))
    x, _ = batch(made, 4)
    with load(made) as execution:
        for labels in (np.zeros(4, int), np.arange(4)):
            result, gradient = execution.gradient(x, labels)
            assert result.loss == 0.0
            assert not gradient.any()


def test_a_sample_without_a_positive_does_not_count() -> None:
    output = OutputLayer(loss="triplet", margin=50.0)
    made = _network(output)
    x, _ = batch(made, 5)
    labels = np.array([0, 1, 0, 2, 0])
    with load(made) as execution:
        scores = execution.predict(x)[1]
        found = execution.gradient(x, labels)[0].loss
    assert found == pytest.approx(_triplet(output, scores, labels), rel=1e-12)


def test_equal_embeddings_have_a_loss_but_no_gradient() -> None:
    made = _network(OutputLayer(loss="triplet", margin=0.5))
    x = np.ones((4, 1, 2, 2))
    with load(made) as execution:
        result, gradient = execution.gradient(x, np.array([0, 0, 1, 1]))
    assert result.loss == 0.5
    assert not gradient.any()


def test_neutral_smoothing_and_weights_change_nothing() -> None:
    plain, spelled = _network(OutputLayer()), _network(OutputLayer(class_weights=(3.0,) * CLASSES))
    x, labels = batch(plain, 6)
    for key, gradient in gradients(plain, x, labels).items():
        np.testing.assert_allclose(gradients(spelled, x, labels)[key], gradient, rtol=1e-12, atol=1e-16)


def test_every_loss_has_a_function_and_a_choice() -> None:
    def below(cls: type[Loss]) -> set[type[Loss]]:
        return {cls, *(deeper for sub in cls.__subclasses__() for deeper in below(sub))}

    abstract = {Loss, next(cls for cls in Loss.__subclasses__() if cls.__subclasses__())}
    assert below(Loss) - abstract == set(LOSS_FUNCTIONS)
    assert LAYERS["output"] is OutputLayer
