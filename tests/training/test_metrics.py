"""Evaluating a network: what it counts, and that whole splits are evaluated, not batches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cnnstudio.data import Dataset
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.graph import Graph
from cnnstudio.layers import Layer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.regularization import DropoutLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.training import metrics
from cnnstudio.training.metrics import Evaluation, evaluate
from tests.networks import chain_of, small, xo


def evaluated(network: Network, dataset: Dataset, split: str = "test") -> Evaluation:
    with NumpyEngine().load(network.program, network.weights) as execution:
        return evaluate(execution, dataset, split)


def with_output(output: OutputLayer) -> Graph:
    return small().with_layer("output", output)


def test_confusion_counts_images_by_true_and_predicted_class() -> None:
    network, dataset = Network.create(small(), seed=2), xo()
    result = evaluated(network, dataset)
    images, labels = dataset.take(dataset.splits["test"])
    answers = network.predict(images).argmax(axis=1)
    assert result.confusion is not None
    for true in (0, 1):
        for answer in (0, 1):
            assert result.confusion[true, answer] == np.sum((labels == true) & (answers == answer))
    assert result.samples == 500
    assert result.accuracy == np.mean(answers == labels)


def test_the_loss_is_the_mean_cross_entropy() -> None:
    network, dataset = Network.create(small(), seed=2), xo()
    images, labels = dataset.take(dataset.splits["test"])
    chances = network.predict(images)[np.arange(500), labels].astype(np.float64)
    assert evaluated(network, dataset).loss == pytest.approx(-np.log(chances).mean(), rel=1e-5)


@pytest.mark.parametrize("chunk", [1, 7, 499, 500, 10_000])
def test_the_batch_size_does_not_matter(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    network, dataset = Network.create(with_output(OutputLayer(class_weights=(1.0, 3.0))), seed=2), xo()
    whole = evaluated(network, dataset)
    monkeypatch.setattr(metrics, "CHUNK", chunk)
    parts = evaluated(network, dataset)
    assert parts.loss == pytest.approx(whole.loss, rel=1e-6)
    assert parts.accuracy == whole.accuracy


def test_the_mean_is_weighted_by_class() -> None:
    network, dataset = Network.create(with_output(OutputLayer(class_weights=(1.0, 3.0))), seed=2), xo()
    images, labels = dataset.take(dataset.splits["test"])
    chances = network.predict(images)[np.arange(500), labels].astype(np.float64)
    wanted = np.average(-np.log(chances), weights=np.array([1.0, 3.0])[labels])
    assert evaluated(network, dataset).loss == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("loss", ["hinge", "binary", "squared", "absolute"])
def test_every_classification_loss_has_an_accuracy(loss: str) -> None:
    result = evaluated(Network.create(with_output(OutputLayer(loss=loss))), xo())
    assert result.accuracy is not None
    assert np.isfinite(result.loss)


def test_an_autoencoder_is_evaluated_by_its_reconstruction_loss() -> None:
    layers: dict[str, Layer] = {
        "input": InputLayer(shape=(1, 9, 9)),
        "conv": ConvolutionLayer(filters=1, kernel_size=(1, 1), initializer="constant", constant=1.0),
        "output": OutputLayer(loss="squared", target="picture"),
    }
    result = evaluated(Network.create(chain_of(layers)), xo())
    assert (result.loss, result.accuracy, result.confusion) == (0.0, None, None)


def test_embeddings_have_a_loss_and_no_accuracy() -> None:
    result = evaluated(Network.create(with_output(OutputLayer(loss="triplet"))), xo())
    assert np.isfinite(result.loss)
    assert result.accuracy is None


def test_the_loss_of_embeddings_is_averaged_over_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    network, dataset = Network.create(with_output(OutputLayer(loss="triplet")), seed=2), xo()
    places = dataset.splits["test"][:250]
    monkeypatch.setattr(metrics, "CHUNK", 100)

    def loss(chosen: np.ndarray) -> float:
        return evaluated(network, replace(dataset, splits={**dataset.splits, "test": chosen})).loss

    parts = [loss(places[first : first + 100]) for first in (0, 100, 200)]
    assert min(parts) > 0.0
    assert loss(places) == pytest.approx(0.4 * parts[0] + 0.4 * parts[1] + 0.2 * parts[2], rel=1e-9)


def test_dropout_is_inactive() -> None:
    layers: dict[str, Layer] = {
        "input": InputLayer(shape=(1, 9, 9)),
        "flatten": FlattenLayer(),
        "dropout": DropoutLayer(rate=0.9),
        "fc": DenseLayer(units=2),
        "output": OutputLayer(),
    }
    network = Network.create(chain_of(layers))
    assert evaluated(network, xo()).loss == evaluated(network, xo()).loss


def test_evaluation_changes_no_weights() -> None:
    network = Network.create(small())
    before = network.weights.copy()
    evaluated(network, xo())
    np.testing.assert_array_equal(network.weights.trained, before.trained)


def test_an_empty_split_can_be_evaluated() -> None:
    dataset = xo()
    empty = replace(dataset, splits={**dataset.splits, "test": np.arange(0)})
    assert evaluated(Network.create(small()), empty).samples == 0
