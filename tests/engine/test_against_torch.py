"""Comparison with PyTorch: layers, losses and optimizers give the same numbers in float64.

Every layer is compared with its default parameters, and the layers below with others, too; so is every optimizer. Set
CNNSTUDIO_TORCH to a Python interpreter that has PyTorch; it runs apart, so that nothing here depends on it.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnstudio.array import Array
from cnnstudio.engine.network import Network
from cnnstudio.graph import Graph
from cnnstudio.layers import LAYERS, Layer, lower
from cnnstudio.layers.activation import (
    ELULayer,
    GELULayer,
    HardSigmoidLayer,
    LeakyReLULayer,
    PReLULayer,
    ReLULayer,
    SigmoidLayer,
    SiLULayer,
    SoftmaxLayer,
    SoftplusLayer,
    TanhLayer,
)
from cnnstudio.layers.convolution import (
    ConvolutionLayer,
    DepthwiseConvolutionLayer,
    SeparableConvolutionLayer,
    TransposedConvolutionLayer,
)
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.join import AddLayer, ConcatenateLayer, MultiplyLayer
from cnnstudio.layers.normalization import (
    BatchNormalizationLayer,
    GroupNormalizationLayer,
    InputNormalizationLayer,
    LayerNormalizationLayer,
    LocalResponseNormalizationLayer,
)
from cnnstudio.layers.pooling import (
    AveragePoolingLayer,
    GlobalAveragePoolingLayer,
    GlobalMaxPoolingLayer,
    MaxPoolingLayer,
    UpsamplingLayer,
)
from cnnstudio.layers.reshape import FlattenLayer, ReshapeLayer
from cnnstudio.operations import OPTIMIZERS, Shape
from cnnstudio.operations.optimizer import SGD, Adagrad, Adam, AdamW, Momentum, Nesterov, Nudge, Optimizer, RMSprop
from cnnstudio.spec import params_of
from tests.support.layers_by_role import placed
from tests.support.networks import around, batch, gradients, image_gradient, line, load, network

REFERENCE = Path(__file__).parents[1] / "support" / "torch_reference.py"
SQUARE: Shape = (4, 7, 7)
ODD: Shape = (4, 5, 8)
ROW: Shape = (6,)
CLOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-11}


@dataclass(frozen=True)
class Case:
    """A network to compare, and how it is trained."""

    name: str
    graph: Graph
    optimizer: Optimizer | None = None
    steps: int = 0
    size: int = 5


def _name(layer: Layer) -> str:
    """The layer's kind and the parameters that differ from their defaults."""
    usual = LAYERS[layer.kind]()
    values = {name: getattr(layer, name) for name, _ in params_of(layer)}
    return " ".join([layer.kind, *(f"{n} {value}" for n, value in values.items() if value != getattr(usual, n))])


def _by_default() -> list[Case]:
    """Every layer as the palette makes it, but for those that use random numbers: PyTorch draws others."""
    layers = [placed(kind) for kind, cls in LAYERS.items() if not cls.is_input and not cls.is_output]
    graphs = {layer.kind: (layer, [shape] * layer.inputs[0]) for layer, shape in layers}
    return [
        Case(f"{kind} by default", around(layer, *shapes))
        for kind, (layer, shapes) in graphs.items()
        if not any(instruction.operation.random for instruction in lower(layer, *shapes).instructions)
    ]


def _convolutions() -> list[Layer]:
    edges = [(0, 0, 0, 0), (1, 2, 3, 0), (5, 4, 4, 6)]
    return [
        *(ConvolutionLayer(filters=6, padding=padding) for padding in ("same", "valid")),
        *(ConvolutionLayer(filters=6, kernel_size=(2, 3), padding="custom", border=border) for border in edges),
        ConvolutionLayer(filters=6, kernel_size=(1, 1), stride=(2, 3)),
        ConvolutionLayer(filters=6, kernel_size=(2, 2), stride=(3, 4), padding="same", use_bias=False),
        ConvolutionLayer(filters=6, dilation=(2, 1), padding="same"),
        ConvolutionLayer(filters=6, dilation=(2, 3), padding="custom", border=(2, 2, 2, 2), stride=(2, 1), groups=2),
        ConvolutionLayer(filters=8, groups=4, padding="same"),
        DepthwiseConvolutionLayer(multiplier=3, padding="same"),
        DepthwiseConvolutionLayer(stride=(2, 2), kernel_size=(2, 3)),
        SeparableConvolutionLayer(filters=5, padding="same", stride=(1, 2)),
        TransposedConvolutionLayer(filters=6),
        TransposedConvolutionLayer(filters=6, kernel_size=(3, 4), stride=(2, 3), crop=(1, 1), extra=(1, 2), groups=2),
        TransposedConvolutionLayer(
            filters=6, kernel_size=(3, 2), stride=(1, 2), dilation=(3, 2), extra=(2, 1), crop=(2, 0)
        ),
    ]


def _poolings() -> list[Layer]:
    both = (MaxPoolingLayer, AveragePoolingLayer)
    return [
        *(cls() for cls in both),
        *(cls(keep_edge=True) for cls in both),
        *(cls(pool_size=(3, 3), stride=(2, 2), keep_edge=edge) for cls in both for edge in (False, True)),
        *(cls(pool_size=(3, 2), stride=(1, 3), padding="custom", border=(1, 1, 1, 1), keep_edge=True) for cls in both),
        *(cls(pool_size=(1, 1), stride=(3, 2), keep_edge=edge) for cls in both for edge in (False, True)),
        MaxPoolingLayer(pool_size=(3, 3), stride=(1, 1), padding="same"),
        MaxPoolingLayer(pool_size=(2, 3), stride=(2, 1), padding="custom", border=(1, 0, 0, 2)),
        AveragePoolingLayer(pool_size=(3, 3), stride=(2, 2), padding="custom", border=(1, 1, 1, 1), count_padding=True),
        AveragePoolingLayer(
            pool_size=(4, 3), stride=(3, 2), padding="custom", border=(2, 1, 2, 1), count_padding=True, keep_edge=True
        ),
        GlobalAveragePoolingLayer(),
        GlobalMaxPoolingLayer(),
        UpsamplingLayer(scale=(2, 3)),
        UpsamplingLayer(scale=(3, 2), mode="bilinear"),
        UpsamplingLayer(scale=(1, 4), mode="bilinear"),
    ]


def _others() -> list[Layer]:
    activations = [
        ReLULayer(),
        LeakyReLULayer(slope=0.2),
        PReLULayer(start=0.3),
        ELULayer(depth=1.7),
        GELULayer(),
        SiLULayer(),
        SigmoidLayer(),
        TanhLayer(),
        SoftplusLayer(),
    ]
    activations += [HardSigmoidLayer(), HardSigmoidLayer(slope=0.3, offset=0.2), SoftmaxLayer()]
    norms = [
        BatchNormalizationLayer(momentum=0.3, epsilon=1e-3),
        LayerNormalizationLayer(),
        GroupNormalizationLayer(groups=2),
        InputNormalizationLayer(),
    ]
    return [*activations, *norms]


def _on_images() -> list[Case]:
    layers = [
        *_convolutions(),
        *_poolings(),
        *_others(),
        LocalResponseNormalizationLayer(size=3, alpha=0.7, bias=1.5),
        LocalResponseNormalizationLayer(),
    ]
    layers += [FlattenLayer(), ReshapeLayer(shape=(-1, 4, 1))]
    return [Case(f"{_name(layer)} on {shape}", around(layer, shape)) for layer in layers for shape in (SQUARE, ODD)]


def _large() -> list[Case]:
    """Sizes at which products are cut into blocks, windows copied whole, and gradients summed in parts."""
    cases = [
        (ConvolutionLayer(filters=32, padding="same"), (32, 16, 20), 16),
        (ConvolutionLayer(filters=128, padding="same"), (64, 5, 5), 3),
        (ConvolutionLayer(filters=96, kernel_size=(5, 5), stride=(2, 2)), (48, 130, 9), 1),
        (ConvolutionLayer(filters=200, kernel_size=(1, 1)), (300, 8, 8), 8),
        (TransposedConvolutionLayer(filters=64, kernel_size=(3, 3), crop=(1, 1)), (128, 8, 8), 4),
    ]
    return [Case(f"large {_name(layer)} on {shape}", around(layer, shape), size=size) for layer, shape, size in cases]


def _on_rows() -> list[Case]:
    layers = [*_others(), DenseLayer(units=5), DenseLayer(units=3, use_bias=False)]
    return [Case(f"{_name(layer)} on {ROW}", around(layer, ROW)) for layer in layers]


def _joins() -> list[Case]:
    cases = [
        (AddLayer(), [SQUARE] * 3),
        (MultiplyLayer(), [ODD] * 3),
        (ConcatenateLayer(), [SQUARE, (1, 7, 7), (3, 7, 7)]),
    ]
    return [Case(_name(layer), around(layer, *shapes)) for layer, shapes in cases]


def _losses() -> list[Case]:
    weights = (0.5, 2.0, 0.25, 1.0)
    outputs = [OutputLayer(loss=loss) for loss in ("softmax", "hinge", "binary", "squared", "absolute", "triplet")]
    outputs += [
        OutputLayer(loss=loss, class_weights=weights) for loss in ("softmax", "hinge", "binary", "squared", "absolute")
    ]
    outputs += [
        OutputLayer(loss=loss, label_smoothing=0.2, class_weights=w)
        for loss in ("softmax", "binary")
        for w in ((), weights)
    ]
    outputs += [OutputLayer(loss=loss, margin=0.3) for loss in ("hinge", "triplet")]
    outputs += [OutputLayer(loss=loss, target="picture") for loss in ("binary", "squared", "absolute")]
    return [
        Case(_name(output), line(InputLayer(shape=(1, 2, 2)), FlattenLayer(), DenseLayer(units=4), output), size=9)
        for output in outputs
    ]


def _learning() -> list[Case]:
    graph = line(
        InputLayer(shape=(2, 8, 8)),
        ConvolutionLayer(filters=4, padding="same"),
        BatchNormalizationLayer(),
        ReLULayer(),
        MaxPoolingLayer(),
        ConvolutionLayer(filters=6),
        TanhLayer(),
        FlattenLayer(),
        DenseLayer(units=4),
        OutputLayer(),
    )
    optimizers: list[Optimizer] = [
        SGD(rate=0.1),
        Momentum(rate=0.05),
        Nesterov(rate=0.05, momentum=0.8),
        Adagrad(rate=0.05, epsilon=1e-4),
        RMSprop(rate=0.01, decay=0.9, epsilon=1e-4),
        Adam(rate=0.01, epsilon=1e-4),
        AdamW(rate=0.01, decay=0.1, epsilon=1e-4),
    ]
    others = set(OPTIMIZERS.values()) - {type(optimizer) for optimizer in optimizers} - {Nudge}
    optimizers += [cls() for cls in sorted(others, key=lambda cls: cls.kind)]
    return [Case(f"20 steps of {optimizer.kind}", graph, optimizer, 20, 8) for optimizer in optimizers]


CASES = [*_by_default(), *_on_images(), *_large(), *_on_rows(), *_joins(), *_losses(), *_learning()]
numbered = pytest.mark.parametrize("number", range(len(CASES)), ids=[case.name for case in CASES])


@pytest.fixture(scope="module")
def networks() -> list[Network]:
    return [network(case.graph, seed) for seed, case in enumerate(CASES)]


@pytest.fixture(scope="module")
def reference(networks: list[Network], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Array]]:
    """PyTorch's results for all cases."""
    interpreter = os.environ.get("CNNSTUDIO_TORCH", "")
    if not Path(interpreter).is_file():
        pytest.skip("set CNNSTUDIO_TORCH to a Python interpreter that has PyTorch")
    folder = tmp_path_factory.mktemp("reference")
    described: list[dict[str, Any]] = []
    arrays: dict[str, Any] = {}
    for number, (case, made) in enumerate(zip(CASES, networks, strict=True)):
        described.append(_describe(case, made))
        x, labels = batch(made, case.size, number)
        arrays |= {f"{number}/x": x, f"{number}/labels": labels}
        arrays |= {f"{number}/weights/{key}": made.weights.arrays[key] for key in described[-1]["weights"]}
    (folder / "cases.json").write_text(json.dumps(described))
    np.savez(folder / "arrays.npz", **arrays)
    subprocess.run([interpreter, "-I", str(REFERENCE), str(folder)], check=True, timeout=240)
    with np.load(folder / "results.npz") as file:
        results = dict(file)
    found: list[dict[str, Array]] = [{} for _ in CASES]
    for name, array in results.items():
        number_text, _, rest = name.partition("/")
        found[int(number_text)][rest] = array
    return found


def _describe(case: Case, made: Network) -> dict[str, Any]:
    program = made.program.until(made.program.scores)
    return {
        "input": program.input,
        "scores": program.scores,
        "instructions": [
            {
                "kind": type(step.operation).__name__,
                "fields": asdict(step.operation),
                "inputs": step.inputs,
                "output": step.output,
                "weights": dict(step.weights),
            }
            for step in program.instructions
        ],
        "weights": list(program.weights),
        "learned": [key for key in program.weights if made.weights.is_trained(key)],
        "loss": {"kind": type(program.require_loss()).__name__, "fields": asdict(program.require_loss())},
        "optimizer": case.optimizer.to_dict() if case.optimizer else None,
        "steps": case.steps,
    }


@numbered
def test_torch_agrees(number: int, networks: list[Network], reference: list[dict[str, Array]]) -> None:
    case, made, expected = CASES[number], networks[number], reference[number]
    if "unsupported" in expected:
        pytest.skip(f"tests/support/torch_reference.py has no {expected['unsupported']}")
    x, labels = batch(made, case.size, number)
    with load(made, case.optimizer) as execution:
        np.testing.assert_allclose(execution.predict(x)[1], expected["inference"], **CLOSE)
    start = made.weights.copy()
    np.testing.assert_allclose(image_gradient(made, x, labels), expected["x"], **CLOSE)
    made.weights.copy_from(start)
    for key, gradient in gradients(made, x, labels).items():
        np.testing.assert_allclose(gradient, expected[f"gradients/{key}"], **CLOSE, err_msg=key)
    made.weights.copy_from(start)
    with load(made, case.optimizer) as execution:
        assert execution.gradient(x, labels)[0].loss == pytest.approx(float(expected["loss"]), rel=1e-12)
        for step in range(case.steps):
            execution.step(x, labels, case.optimizer.rate if case.optimizer else 0.0, step)
    for key, array in made.weights.arrays.items():
        np.testing.assert_allclose(array, expected[f"weights/{key}"], **CLOSE, err_msg=key)
