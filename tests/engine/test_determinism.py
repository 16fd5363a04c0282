"""The same seed and threads give the same bits, in any process and however the threads race."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.engine.sharding import shard_sizes
from cnnstudio.graph import Graph
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.normalization import BatchNormalizationLayer
from cnnstudio.layers.pooling import MaxPoolingLayer
from cnnstudio.layers.regularization import DropoutLayer, GaussianNoiseLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations.optimizer import Adam
from tests.support.networks import line

CHECKOUT = Path(__file__).parents[2]
BATCH, STEPS = 97, 200


def graph() -> Graph:
    """Everything that could differ between runs: sums over threads, batch statistics and random numbers."""
    body = [
        GaussianNoiseLayer(),
        ConvolutionLayer(filters=8, kernel_size=(5, 5), padding="same"),
        BatchNormalizationLayer(),
        ReLULayer(),
    ]
    body += [
        MaxPoolingLayer(),
        ConvolutionLayer(filters=16, padding="same"),
        BatchNormalizationLayer(),
        ReLULayer(),
        DropoutLayer(rate=0.3),
    ]
    return line(InputLayer(shape=(1, 16, 16)), *body, FlattenLayer(), DenseLayer(units=10), OutputLayer())


def fingerprint(threads: int, steps: int = STEPS, seed: int = 0) -> str:
    """Train for a few steps and return a hash of all weights."""
    made = Network.create(graph(), seed)
    rng = np.random.default_rng(1)
    x = rng.normal(size=(4, BATCH, 1, 16, 16)).astype(np.float32)
    labels = rng.integers(0, 10, (4, BATCH))
    found = hashlib.sha256()
    with NumpyEngine(threads).load(made.program, made.weights, TrainingOptions(Adam(), seed=seed)) as execution:
        for number in range(steps):
            result = execution.step(x[number % 4], labels[number % 4], 0.003, number)
            found.update(np.array([result.loss, result.correct]).tobytes())
        for slot in execution.slots.values():
            found.update(slot.tobytes())
    for vector in (made.weights.trained, made.weights.state):
        found.update(vector.tobytes())
    return found.hexdigest()


def _in_processes(count: int, threads: int) -> set[str]:
    """The hashes of several processes, run one after another, each with a different PYTHONHASHSEED."""
    code = f"from tests.engine.test_determinism import fingerprint; print(fingerprint({threads}))"
    found = set()
    for number in range(count):
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONHASHSEED": str(number)}
        run = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        found.add(run.stdout.strip())
    return found


def test_the_batch_is_split_over_threads() -> None:
    program = Network.create(graph()).program
    assert [shard_sizes(program, BATCH, threads) for threads in (1, 2, 3)] == [[97], [49, 48], [33, 32, 32]]


def test_three_processes_train_to_the_same_bits() -> None:
    (found,) = _in_processes(3, threads=2)
    assert found == fingerprint(2)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_twenty_processes_train_to_the_same_bits(threads: int) -> None:
    assert len(_in_processes(20, threads)) == 1


def test_seeds_matter() -> None:
    assert len({fingerprint(1, steps=3, seed=seed) for seed in range(3)}) == 3


def test_load_on_the_machine_changes_no_bit() -> None:
    expected = fingerprint(2, steps=10)
    stop = threading.Event()

    def burn() -> None:
        square = np.ones((300, 300))
        while not stop.is_set():
            square @ square

    with ThreadPoolExecutor(3) as pool:
        for _ in range(3):
            pool.submit(burn)
        try:
            assert {fingerprint(2, steps=10) for _ in range(3)} == {expected}
        finally:
            stop.set()


def test_predictions_do_not_depend_on_earlier_ones() -> None:
    made = Network.create(graph())
    x = np.random.default_rng(0).normal(size=(150, 1, 16, 16)).astype(np.float32)
    with NumpyEngine(2).load(made.program, made.weights) as execution:
        expected = execution.predict(x)[0]
        for size in (1, 7, 150, 33, 128, 2, 150):
            found = execution.predict(x[:size])[0]
            assert found.shape == (size, 10)
            np.testing.assert_allclose(found, expected[:size], rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(execution.predict(x)[0], expected)
        assert execution.predict(x[:0])[0].shape == (0, 10)
