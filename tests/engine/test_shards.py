"""A batch split over threads gives the same results as the whole batch."""

from __future__ import annotations

import numpy as np
import pytest

from cnnstudio.engine import sharding
from cnnstudio.engine.sharding import shard_sizes
from cnnstudio.graph import Graph
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.normalization import BatchNormalizationLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations.optimizer import Momentum
from tests.support.networks import batch, line, load, network

CONV = ConvolutionLayer(filters=3, padding="same")


def _norms() -> Graph:
    return line(
        InputLayer(shape=(2, 6, 6)),
        CONV,
        BatchNormalizationLayer(),
        ReLULayer(),
        CONV,
        BatchNormalizationLayer(),
        FlattenLayer(),
        DenseLayer(units=3),
        BatchNormalizationLayer(),
        OutputLayer(),
    )


@pytest.mark.parametrize("size", [16, 17, 23])
@pytest.mark.parametrize("threads", [2, 3])
def test_shards_give_the_result_of_the_whole_batch(size: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharding, "SHARD_WORK", 1)
    monkeypatch.setattr(sharding, "MIN_SHARD", 5)
    whole, shared = network(_norms()), network(_norms())
    x, labels = batch(whole, size)
    sizes = shard_sizes(whole.program, size, threads)
    assert len(sizes) == threads
    assert sum(sizes) == size
    assert max(sizes) - min(sizes) <= 1
    for made, count in ((whole, 1), (shared, threads)):
        with load(made, Momentum(), threads=count) as execution:
            for number in range(4):
                execution.step(x, labels, 0.05, number)
    for key, array in whole.weights.arrays.items():
        np.testing.assert_allclose(shared.weights.arrays[key], array, rtol=1e-9, atol=1e-11, err_msg=key)
    with load(whole, threads=threads) as execution:
        np.testing.assert_allclose(execution.predict(x)[0], whole.predict(x), rtol=1e-12)


def test_a_batch_that_fails_does_not_affect_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharding, "SHARD_WORK", 1)
    made = network(_norms())
    x, labels = batch(made, 16)
    with load(made, threads=2) as execution:
        expected = execution.gradient(x, labels)[0]
        with pytest.raises(ValueError, match="broadcast"):
            execution.gradient(x[:, :, 1:], labels)
        assert execution.gradient(x, labels)[0] == expected


def test_losses_that_mix_samples_are_never_sharded() -> None:
    made = network(
        line(
            InputLayer(shape=(8, 64, 64)),
            ConvolutionLayer(filters=64),
            FlattenLayer(),
            DenseLayer(units=3),
            OutputLayer(loss="triplet"),
        )
    )
    assert shard_sizes(made.program, 64, 8) == [64]
