"""Published numbers of losses, optimizers and whole networks.

Sources: the notebooks of CS231n's assignments 1 (two_layer_net) and 2 (FullyConnectedNets, BatchNormalization) with
their printed results, its notes on linear classification, and the slides of its third lecture.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnstudio.array import Array
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.optimizers import UPDATES
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.normalization import BatchNormalizationLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations.optimizer import Adam, Momentum, Optimizer, RMSprop
from tests.support.networks import load
from tests.support.results import built

PRINTED = 6e-9  # numbers printed with eight decimals


def loss_of(made: Network, x: Array, labels: Array | list[int], decay: float = 0.0) -> float:
    """The loss of rows of numbers, with CS231n's half of `decay` times the sum of squared weights."""
    with load(made) as execution:
        found = execution.gradient(x.reshape(len(x), 1, 1, -1), np.asarray(labels))[0].loss
    squares = sum(np.square(array).sum() for key, array in made.weights.arrays.items() if _decays(made, key))
    return found + 0.5 * decay * float(squares)


def _decays(made: Network, key: str) -> bool:
    return made.weights.arrays[key].ndim == 2


def scores_of(loss: str, classes: int, **params: Any) -> Network:
    """A network whose scores are its input."""
    return built(InputLayer(shape=(1, 1, classes)), FlattenLayer(), output=OutputLayer(loss=loss, **params))


def test_svm_loss_of_the_notes() -> None:
    """s = [13, -7, 11], y = 0, delta = 10: max(0, -7 - 13 + 10) + max(0, 11 - 13 + 10) = 8."""
    made = scores_of("hinge", 3, margin=10.0)
    assert loss_of(made, np.array([[13.0, -7, 11]]), [0]) == 8


def test_svm_and_softmax_of_the_notes() -> None:
    """The figure that compares both: [-2.85, 0.86, 0.28] with the third class right gives 1.58 and 1.04."""
    scores = np.array([[-2.85, 0.86, 0.28]])
    assert round(loss_of(scores_of("hinge", 3), scores, [2]), 2) == 1.58
    assert round(loss_of(scores_of("softmax", 3), scores, [2]), 2) == 1.04


def test_svm_loss_of_cat_car_and_frog() -> None:
    """The slides' three images: 2.9, 0 and 12.9, on average 5.27; the cat's softmax loss is 2.04."""
    scores = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])
    made = scores_of("hinge", 3)
    assert [round(loss_of(made, row[None], [label]), 1) for label, row in enumerate(scores)] == [2.9, 0.0, 12.9]
    assert round(loss_of(made, scores, [0, 1, 2]), 2) == 5.27
    assert round(loss_of(scores_of("softmax", 3), scores[:1], [0]), 2) == 2.04


def test_svm_and_softmax_losses_as_cs231n_prints_them() -> None:
    rng = np.random.RandomState(231)
    scores = 0.001 * rng.randn(50, 10)
    labels = rng.randint(10, size=50)
    assert loss_of(scores_of("hinge", 10), scores, labels) == pytest.approx(8.999602749096233, rel=1e-14)
    assert loss_of(scores_of("softmax", 10), scores, labels) == pytest.approx(2.302545844500738, rel=1e-14)


def test_the_toy_network_of_cs231n_assignment_1() -> None:
    weights, images = np.random.RandomState(0), np.random.RandomState(1)
    first, second = 0.1 * weights.randn(4, 10), 0.1 * weights.randn(10, 3)
    layers = InputLayer(shape=(1, 1, 4)), FlattenLayer(), DenseLayer(units=10), ReLULayer(), DenseLayer(units=3)
    made = built(*layers, output=OutputLayer(), w2_weight=first.T, w4_weight=second.T)
    x = 10 * images.randn(5, 4)
    expected = [
        [-0.81233741, -1.27654624, -0.70335995],
        [-0.17129677, -1.18803311, -0.47310444],
        [-0.51590475, -1.01354314, -0.8504215],
        [-0.15419291, -0.48629638, -0.52901952],
        [-0.00618733, -0.12435261, -0.15226949],
    ]
    np.testing.assert_allclose(made.activations(x.reshape(5, 1, 1, 4))["layer4"], expected, rtol=0, atol=PRINTED)
    assert loss_of(made, x, [0, 1, 2, 2, 1], decay=0.1) == pytest.approx(1.30378789133, abs=1e-11)


def test_the_two_layer_network_of_cs231n_assignment_2() -> None:
    layers = InputLayer(shape=(1, 1, 5)), FlattenLayer(), DenseLayer(units=50), ReLULayer(), DenseLayer(units=7)
    made = built(
        *layers,
        output=OutputLayer(),
        w2_weight=np.linspace(-0.7, 0.3, num=250).reshape(5, 50).T,
        w2_bias=np.linspace(-0.1, 0.9, num=50),
        w4_weight=np.linspace(-0.3, 0.4, num=350).reshape(50, 7).T,
        w4_bias=np.linspace(-0.9, 0.1, num=7),
    )
    x = np.linspace(-5.5, 4.5, num=15).reshape(5, 3).T
    expected = [
        [11.53165108, 12.2917344, 13.05181771, 13.81190102, 14.57198434, 15.33206765, 16.09215096],
        [12.05769098, 12.74614105, 13.43459113, 14.1230412, 14.81149128, 15.49994135, 16.18839143],
        [12.58373087, 13.20054771, 13.81736455, 14.43418138, 15.05099822, 15.66781506, 16.2846319],
    ]
    np.testing.assert_allclose(made.activations(x.reshape(3, 1, 1, 5))["layer4"], expected, rtol=0, atol=PRINTED)
    assert loss_of(made, x, [0, 5, 1]) == pytest.approx(3.4702243556, abs=1e-10)
    assert loss_of(made, x, [0, 5, 1], decay=1.0) == pytest.approx(26.5948426952, abs=1e-10)


@pytest.mark.parametrize(
    ("norm", "losses"),
    [(False, (2.3004790897684924, 7.052114776533016)), (True, (2.2611955101340957, 6.996533220108303))],
)
def test_initial_losses_of_three_layer_networks_as_cs231n_prints_them(norm: bool, losses: tuple[float, float]) -> None:
    rng = np.random.RandomState(231)
    x = rng.randn(2, 15)
    labels = rng.randint(10, size=2)
    for decay, expected in zip((0, 3.14), losses, strict=True):
        drawn = [5e-2 * rng.randn(*shape) for shape in ((15, 20), (20, 30), (30, 10))]
        layers = [
            InputLayer(shape=(1, 1, 15)),
            FlattenLayer(),
            DenseLayer(units=20),
            ReLULayer(),
            DenseLayer(units=30),
            ReLULayer(),
        ]
        if norm:
            layers[3:3], layers[6:6] = [BatchNormalizationLayer()], [BatchNormalizationLayer()]
        made = built(*layers, DenseLayer(units=10), output=OutputLayer())
        keys = [key for key in made.weights.arrays if _decays(made, key)]
        for key, array in zip(keys, drawn, strict=True):
            made.weights.arrays[key][...] = array.T
        assert loss_of(made, x, labels, decay) == pytest.approx(expected, rel=1e-13)


def printed(numbers: str) -> Array:
    """The numbers of a table."""
    return np.array(numbers.split(), float)


def _grid(low: float, high: float) -> Array:
    return np.linspace(low, high, num=20)


def _step(optimizer: Optimizer, number: int, **slots: Array) -> tuple[Array, dict[str, Array]]:
    weights, gradient = _grid(-0.4, 0.6), _grid(-0.6, 0.4)
    update = UPDATES[optimizer.kind](optimizer, weights)
    for name, array in slots.items():
        update.slots[name][...] = array
    update.apply(gradient, optimizer.rate, number)
    return weights, update.slots


def test_momentum_as_cs231n_computes_it() -> None:
    weights, slots = _step(Momentum(rate=1e-3, momentum=0.9), 0, velocity=_grid(0.6, 0.9))
    expected = printed("""
        0.1406 0.20738947 0.27417895 0.34096842 0.40775789 0.47454737 0.54133684 0.60812632 0.67491579 0.74170526
        0.80849474 0.87528421 0.94207368 1.00886316 1.07565263 1.14244211 1.20923158 1.27602105 1.34281053 1.4096
    """)
    velocity = printed("""
        0.5406 0.55475789 0.56891579 0.58307368 0.59723158 0.61138947 0.62554737 0.63970526 0.65386316 0.66802105
        0.68217895 0.69633684 0.71049474 0.72465263 0.73881053 0.75296842 0.76712632 0.78128421 0.79544211 0.8096
    """)
    np.testing.assert_allclose(weights, expected, rtol=0, atol=PRINTED)
    np.testing.assert_allclose(slots["velocity"], velocity, rtol=0, atol=PRINTED)


def test_rmsprop_as_cs231n_computes_it() -> None:
    weights, slots = _step(RMSprop(rate=1e-2, decay=0.99, epsilon=1e-8), 0, squares=_grid(0.6, 0.9))
    expected = printed("""
        -0.39223849 -0.34037513 -0.28849239 -0.23659121 -0.18467247
        -0.132737 -0.08078555 -0.02881884 0.02316247 0.07515774
        0.12716641 0.17918792 0.23122175 0.28326742 0.33532447 0.38739248 0.43947102 0.49155973 0.54365823 0.59576619
    """)
    squares = printed("""
        0.5976 0.6126277 0.6277108 0.64284931 0.65804321 0.67329252 0.68859723 0.70395734 0.71937285 0.73484377
        0.75037008 0.7659518 0.78158892 0.79728144 0.81302936 0.82883269 0.84469141 0.86060554 0.87657507 0.8926
    """)
    np.testing.assert_allclose(weights, expected, rtol=0, atol=PRINTED)
    np.testing.assert_allclose(slots["squares"], squares, rtol=0, atol=PRINTED)


def test_adam_as_cs231n_computes_it() -> None:
    """Its t is 5 before the step and 6 in it; our steps count from 0."""
    weights, slots = _step(Adam(rate=1e-2), 5, mean=_grid(0.6, 0.9), squares=_grid(0.7, 0.5))
    expected = printed("""
        -0.40094747 -0.34836187 -0.29577703 -0.24319299 -0.19060977
        -0.1380274 -0.08544591 -0.03286534 0.01971428 0.0722929
        0.1248705 0.17744702 0.23002243 0.28259667 0.33516969 0.38774145 0.44031188 0.49288093 0.54544852 0.59801459
    """)
    squares = printed("""
        0.69966 0.68908382 0.67851319 0.66794809 0.65738853 0.64683452 0.63628604 0.6257431 0.61520571 0.60467385
        0.59414753 0.58362676 0.57311152 0.56260183 0.55209767 0.54159906 0.53110598 0.52061845 0.51013645 0.49966
    """)
    mean = printed("""
        0.48 0.49947368 0.51894737 0.53842105 0.55789474 0.57736842 0.59684211 0.61631579 0.63578947 0.65526316
        0.67473684 0.69421053 0.71368421 0.73315789 0.75263158 0.77210526 0.79157895 0.81105263 0.83052632 0.85
    """)
    np.testing.assert_allclose(weights, expected, rtol=0, atol=PRINTED)
    np.testing.assert_allclose(slots["squares"], squares, rtol=0, atol=PRINTED)
    np.testing.assert_allclose(slots["mean"], mean, rtol=0, atol=PRINTED)
