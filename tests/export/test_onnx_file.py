"""The contents of an ONNX file: versions, names, shapes, and batches of any size."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import checker, numpy_helper, shape_inference

from cnnstudio.engine.network import Network
from cnnstudio.engine.program import compile_graph
from cnnstudio.engine.weights import Weights
from cnnstudio.export import FORMATS, ExportError, export_network
from cnnstudio.graph import Edge, Graph
from cnnstudio.graph.edit import add
from cnnstudio.layers.activation import ReLULayer, TanhLayer
from cnnstudio.layers.convolution import ConvolutionLayer, SeparableConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.normalization import BatchNormalizationLayer, GroupNormalizationLayer
from cnnstudio.layers.regularization import DropoutLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.project import TEMPLATES, new_project
from tests.export.networks import chain, images, names_of, random_network, run_onnx

LARGE = ("alexnet", "vgg16")  # templates of 244 and 553 MB


def exported(graph: Graph, path: Path) -> tuple[Network, onnx.ModelProto]:
    """A random network of the graph, and what the file holds."""
    network = random_network(graph)
    export_network("onnx", network, path, names_of(graph))
    return network, onnx.load(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "network.onnx"


def test_every_format_is_registered_by_its_name_and_has_an_extension_of_its_own() -> None:
    assert all(name == format.name and format.extension.startswith(".") for name, format in FORMATS.items())
    assert len({format.extension for format in FORMATS.values()}) == len(FORMATS)
    assert FORMATS["onnx"].extension == ".onnx"


def test_file_versions_are_supported_by_runtimes(path: Path) -> None:
    _, model = exported(new_project("lenet5").graph, path)
    assert (model.ir_version, [(item.domain, item.version) for item in model.opset_import]) == (8, [("", 17)])
    assert model.producer_name == "CNN Studio"


def test_input_and_output_have_a_dynamic_batch_size(path: Path) -> None:
    _, model = exported(new_project("lenet5").graph, path)
    ends = {}
    for end in (*model.graph.input, *model.graph.output):
        sizes = end.type.tensor_type.shape.dim
        ends[end.name] = (sizes[0].dim_param, *(size.dim_value for size in sizes[1:]))
    assert ends == {"input": ("N", 1, 28, 28), "output": ("N", 10)}


def test_any_batch_size_runs(path: Path) -> None:
    network, _ = exported(new_project("lenet5").graph, path)
    for batch in (1, 2, 5, 33):
        x = images(network, batch)
        np.testing.assert_allclose(run_onnx(path, x), network.predict(x), rtol=1e-5, atol=1e-5)


def test_declared_shapes_match_those_that_onnx_infers(path: Path) -> None:
    layers = (
        ConvolutionLayer(padding="same"),
        GroupNormalizationLayer(),
        SeparableConvolutionLayer(),
        FlattenLayer(),
        DenseLayer(),
    )
    _, model = exported(chain(InputLayer(shape=(3, 9, 8)), *layers, OutputLayer()), path)
    checker.check_model(model, full_check=True)
    stated = {info.name: info.type.tensor_type.shape for info in model.graph.value_info}
    del model.graph.value_info[:]
    inferred = shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    found = {info.name: info.type.tensor_type.shape for info in inferred.graph.value_info}
    assert {"conv1", "norm1", "separable1", "flatten", "fc1"} <= set(stated)
    for name, shape in stated.items():
        assert [d.dim_value for d in shape.dim[1:]] == [d.dim_value for d in found[name].dim[1:]], name


def test_weights_are_named_after_their_layers(path: Path) -> None:
    layers = ConvolutionLayer(filters=3), BatchNormalizationLayer(), FlattenLayer(), DenseLayer()
    graph = chain(InputLayer(shape=(2, 6, 6)), *layers, OutputLayer())
    network, model = exported(graph.with_name("conv1", "Kanten ä"), path)
    arrays = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
    expected = {key.replace("conv1", "Kanten ä"): array for key, array in network.weights.arrays.items()}
    assert set(arrays) == set(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(arrays[name], array)


def test_nodes_are_named_after_their_layers(path: Path) -> None:
    _, model = exported(new_project("xo").graph, path)
    assert [node.name for node in model.graph.node] == ["conv1", "relu1", "pool1", "flatten", "fc1", "output"]
    assert [node.output[0] for node in model.graph.node] == ["conv1", "relu1", "pool1", "flatten", "fc1", "output"]
    layers = SeparableConvolutionLayer(), GroupNormalizationLayer()
    _, model = exported(
        chain(InputLayer(shape=(4, 6, 6)), *layers, OutputLayer(loss="squared", target="picture")), path
    )
    assert all(node.name.split(".")[0] in ("separable1", "norm1") for node in model.graph.node)
    assert {"separable1", "norm1"} <= {node.name for node in model.graph.node}


def test_layers_named_like_reserved_names(path: Path) -> None:
    graph = chain(
        InputLayer(shape=(2, 5, 5)),
        ReLULayer(),
        TanhLayer(),
        ConvolutionLayer(),
        TanhLayer(),
        FlattenLayer(),
        OutputLayer(),
    )
    for node, name in (("input", "conv1.weight"), ("relu1", "input"), ("tanh1", "output"), ("tanh2", "conv1.bias")):
        graph = graph.with_name(node, name)
    graph = graph.with_name("output", "end")
    network, model = exported(graph, path)
    x = images(network, 3)
    np.testing.assert_allclose(run_onnx(path, x), network.predict(x), rtol=1e-5, atol=1e-5)
    assert {item.name for item in model.graph.initializer} == {"conv1.weight", "conv1.bias"}


@pytest.mark.parametrize("loss", ["softmax", "hinge", "binary", "squared", "absolute", "triplet"])
def test_outputs_match_the_network_for_every_loss(loss: str, path: Path) -> None:
    graph = chain(
        InputLayer(shape=(1, 4, 4)), FlattenLayer(), DenseLayer(units=3), DropoutLayer(), OutputLayer(loss=loss)
    )
    network, model = exported(graph, path)
    assert "Dropout" not in {node.op_type for node in model.graph.node}
    x = images(network, 4)
    answers = run_onnx(path, x)
    np.testing.assert_allclose(answers, network.predict(x), rtol=1e-5, atol=1e-5)
    if loss == "softmax":
        np.testing.assert_allclose(answers.sum(axis=1), 1.0, rtol=1e-5)


def test_a_network_without_layers_outputs_its_image(path: Path) -> None:
    network, _ = exported(chain(InputLayer(shape=(2, 3, 3)), OutputLayer(loss="squared", target="picture")), path)
    x = images(network, 2)
    np.testing.assert_array_equal(run_onnx(path, x), x)


def test_dead_ends_are_not_exported(path: Path) -> None:
    graph, idle = add(new_project("xo").graph, ConvolutionLayer())
    _, model = exported(graph.with_edge(Edge("input", idle)), path)
    assert not any(item.name.startswith(idle) for item in (*model.graph.initializer, *model.graph.node))


def test_the_summary_states_how_the_file_was_verified(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = new_project("xo").graph
    network = random_network(graph)
    version = ".".join(onnxruntime.__version__.split(".")[:2])
    line = export_network("onnx", network, path, names_of(graph))
    assert line.startswith(f"{path}: ONNX opset 17, 4 arrays; checked with ONNX Runtime {version}: largest difference ")
    assert float(line.rsplit(" ", 1)[1]) < 1e-5
    path.unlink()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    line = export_network("onnx", network, path, names_of(graph))
    assert line.endswith("not checked: onnxruntime is not installed (pip install onnxruntime)")
    assert path.exists()


def test_large_outputs_are_compared_relative_to_their_size(path: Path) -> None:
    """Among scores of a million, small ones are as inexact as the others in float32; no reason to refuse them."""
    graph = chain(InputLayer(shape=(3, 16, 16)), FlattenLayer(), DenseLayer(units=4000), OutputLayer(loss="hinge"))
    network = random_network(graph)
    for array in network.weights.arrays.values():
        array *= 1e5
    assert "checked with" in export_network("onnx", network, path, names_of(graph))


def test_double_precision_is_written_as_float32(path: Path) -> None:
    graph = new_project("xo").graph
    export_network("onnx", Network.create(graph, dtype=np.float64), path, names_of(graph))
    assert {item.data_type for item in onnx.load(path).graph.initializer} == {onnx.TensorProto.FLOAT}


def test_weights_too_large_for_onnx_are_refused_at_once(path: Path) -> None:
    layers = (
        InputLayer(shape=(1, 128, 128)),
        FlattenLayer(),
        DenseLayer(units=65536, initializer="zeros"),
        OutputLayer(),
    )
    program = compile_graph(chain(*layers))
    small = {key: replace(weight, shape=(1,)) for key, weight in program.weights.items()}  # no need to hold 4 GB
    with pytest.raises(ExportError, match=r"weights take 4\.3 GB, but an ONNX file is limited to 2 GB. Export safe"):
        export_network("onnx", Network(program, Weights(small)), path, {})
    assert not path.exists()


@pytest.mark.parametrize(
    "template", [pytest.param(name, marks=[pytest.mark.slow] * (name in LARGE)) for name in TEMPLATES]
)
def test_every_template(template: str, path: Path) -> None:
    graph = new_project(template).graph
    network = Network.create(graph)
    line = export_network("onnx", network, path, names_of(graph))
    assert "checked with ONNX Runtime" in line
    assert path.stat().st_size > 4 * network.weights.trained.size * 0.99
