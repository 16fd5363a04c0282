"""What every layer must keep; a new layer is tested by being in the table."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.engine.program import compile_graph
from cnnstudio.graph import check, graph_from_dict, graph_to_dict
from cnnstudio.layers import CATEGORIES, LAYERS, Layer, ShapeError, lower
from cnnstudio.operations import Block, elements
from cnnstudio.spec import ParamError, label_of, params_of
from tests.support.formulas import block_result
from tests.support.networks import TESTED, around, batch, check_gradients, gradients, network
from tests.support.strategies import cases, fit, layers_of, leads_out, shapes_for

FEW = cases(12)
MANY = cases(400)

every_layer = pytest.mark.parametrize("kind", LAYERS)


def _drawn(data: st.DataObject, kind: str) -> tuple[Layer, tuple[tuple[int, ...], ...]]:
    """A layer with shapes that fit it."""
    layer = data.draw(layers_of(kind))
    layer, shapes = fit(data.draw, layer, data.draw(shapes_for(layer)))
    note(f"{layer} on {shapes}")
    return layer, shapes


@every_layer
@FEW
@given(data=st.data())
def test_results_match_the_definition(kind: str, data: st.DataObject) -> None:
    _meets_definition(*_drawn(data, kind), data.draw(st.integers(1, 3)))


@pytest.mark.slow
@every_layer
@MANY
@given(data=st.data())
def test_results_match_the_definition_in_many_cases(kind: str, data: st.DataObject) -> None:
    _meets_definition(*_drawn(data, kind), data.draw(st.integers(1, 9)))


def _meets_definition(layer: Layer, shapes: tuple[tuple[int, ...], ...], size: int) -> None:
    made = network(around(layer, *shapes))
    x, _ = batch(made, size)
    block = lower(layer, *shapes)
    seen = made.activations(x)
    sources = [step for step in made.program.nodes if step.startswith("feeder")] or ["shaped"]
    inputs = [seen[name] for name in sources if name in seen] or [x]
    if layer.kind == "input":
        inputs, block = [x], _identity(block)
    names = {weight.name: made.weights.arrays[f"{TESTED}.{weight.name}"] for weight in block.weights}
    wanted = np.stack([block_result(block, tuple(values[n] for values in inputs), names) for n in range(size)])
    found = seen[TESTED]
    assert found.shape == (size, *block.output_shape)
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-11)


def _identity(block: Block) -> Block:
    """The input layer's block: its result is what comes in."""
    assert not block.instructions
    return Block(block.shapes, (), (), 0, None, None)


@every_layer
@FEW
@given(data=st.data())
def test_gradients_match_finite_differences(kind: str, data: st.DataObject) -> None:
    layer, shapes = _drawn(data, kind)
    check_gradients(network(around(layer, *shapes)), data.draw(st.integers(1, 3)), data.draw(st.integers(0, 999)))


@pytest.mark.slow
@every_layer
@MANY
@given(data=st.data())
def test_gradients_match_finite_differences_in_many_cases(kind: str, data: st.DataObject) -> None:
    layer, shapes = _drawn(data, kind)
    check_gradients(network(around(layer, *shapes)), data.draw(st.integers(1, 5)), data.draw(st.integers(0, 10**6)))


@every_layer
@FEW
@given(data=st.data())
def test_float32_matches_float64(kind: str, data: st.DataObject) -> None:
    layer, shapes = _drawn(data, kind)
    graph, size = around(layer, *shapes), data.draw(st.integers(1, 3))
    double, single = network(graph), network(graph, dtype=np.float32)
    x, labels = batch(double, size)
    for node, value in double.activations(x).items():
        seen = single.activations(x)[node]
        assert seen.dtype == np.float32
        np.testing.assert_allclose(seen, value, rtol=1e-3, atol=1e-4 * max(1.0, np.abs(value).max()))
    wanted, found = gradients(double, x, labels), gradients(single, x.astype(np.float32), labels)
    assert wanted.keys() == found.keys()
    for key, gradient in wanted.items():
        np.testing.assert_allclose(found[key], gradient, rtol=1e-2, atol=1e-3 * max(1.0, np.abs(gradient).max()))


@every_layer
@cases(60)
@given(data=st.data())
def test_unsuitable_inputs_are_reported_with_fixes_that_work(kind: str, data: st.DataObject) -> None:
    layer = data.draw(layers_of(kind))
    shapes = data.draw(shapes_for(layer))
    note(f"{layer} on {shapes}")
    error = _error(layer, shapes)
    if error is None:
        assert all(size >= 1 for shape in lower(layer, *shapes).shapes for size in shape)
        return
    assert re.fullmatch(r"[A-Z0-9].{20,}\.", str(error)), str(error)
    for fix in error.fixes:
        assert fix.title
        assert leads_out(fix, layer, shapes), fix


def _error(layer: Layer, shapes: tuple[tuple[int, ...], ...]) -> ShapeError | None:
    try:
        lower(layer, *shapes)
    except ShapeError as error:
        return error
    return None


@every_layer
@FEW
@given(data=st.data())
def test_files_and_costs_follow_from_the_declaration(kind: str, data: st.DataObject) -> None:
    layer, shapes = _drawn(data, kind)
    graph = around(layer, *shapes)
    assert graph_from_dict(json.loads(json.dumps(graph_to_dict(graph)))) == graph
    report = check(graph)
    assert report.ok, report.problems
    assert report.shape(TESTED) == lower(layer, *shapes).output_shape
    program = compile_graph(graph)
    trainable = {key: weight for key, weight in program.weights.items() if weight.trainable}
    assert report.parameters == sum(weight.size for weight in trainable.values())
    assert report.blocks[TESTED].parameters == sum(
        weight.size for key, weight in trainable.items() if key.startswith(f"{TESTED}.")
    )
    assert program.macs == report.macs >= 0
    assert layer.summary() == layer.summary().strip()


@every_layer
@FEW
@given(data=st.data())
def test_the_arithmetic_ends_with_the_output_shape(kind: str, data: st.DataObject) -> None:
    layer, shapes = _drawn(data, kind)
    lines = layer.arithmetic(*shapes)
    sizes = lower(layer, *shapes).output_shape[1:] or (elements(lower(layer, *shapes).output_shape),)
    reported = [int(found[1]) for text in lines if (found := re.search(r"[=→] (-?\d+)$", text))]
    assert reported in ([], [*sizes], [sizes[0]] if len(set(sizes)) == 1 else []), lines


@every_layer
def test_it_is_documented(kind: str) -> None:
    cls = LAYERS[kind]
    assert cls.kind == kind == kind.lower()
    assert cls.title
    assert cls.prefix.isidentifier()
    assert cls.role in CATEGORIES
    assert cls.inputs[0] <= cls.inputs[1]
    assert re.fullmatch(r"[A-Z].{20,}\.", cls.help(), re.DOTALL), cls.help()
    assert "lower" in {name for base in cls.__mro__[: cls.__mro__.index(Layer)] for name in vars(base)}
    params = dict(params_of(cls))
    for name, param in params.items():
        assert re.fullmatch(r"[A-Za-z0-9].{10,}\.", param.help), f"{name}: {param.help}"
        assert re.fullmatch(r"[A-Z][A-Za-z0-9 ]*", label_of(name, param)), label_of(name, param)
        assert param.describe()
        assert param.accept(param.default) == param.default
        assert param.format(param.default) or param.default == ()
        if param.when is not None:
            for value in param.when[1]:
                assert params[param.when[0]].accept(value) == value


@every_layer
def test_kind_and_title_are_unique(kind: str) -> None:
    others = [cls for name, cls in LAYERS.items() if name != kind]
    assert LAYERS[kind].title not in {cls.title for cls in others}
    assert not LAYERS[kind].key or LAYERS[kind].key not in {cls.key for cls in others}


@every_layer
@cases(30)
@given(data=st.data())
def test_the_error_for_a_value_out_of_range_names_the_parameter(kind: str, data: st.DataObject) -> None:
    cls = LAYERS[kind]
    for name, param in params_of(cls):
        low, high = getattr(param, "min", None), getattr(param, "max", None)
        wrong: list[object] = ["no such word", None, float("nan")]
        if low is not None and high is not None and not isinstance(param.default, tuple):
            wrong += [low - 1, high + 1, True]
        value = data.draw(st.sampled_from(wrong))
        with pytest.raises(ParamError, match=re.escape(label_of(name, param))):
            cls(**{name: value})


@every_layer
@pytest.mark.parametrize("size", [1, 4])
def test_gradients_match_finite_differences_with_default_parameters(kind: str, size: int) -> None:
    layer = LAYERS[kind]()
    tried = 0
    for shape in ((4, 7, 5), (4, 6, 8), (4, 1, 1), (8,), (1,)):
        shapes = (shape,) * max(layer.inputs[0], 1)
        if kind == "input" or _error(layer, shapes) is None:
            check_gradients(network(around(layer, *shapes)), size, tried)
            tried += 1
    assert tried


@every_layer
def test_predicting_twice_gives_the_same_result(kind: str) -> None:
    layer = LAYERS[kind]()
    least = layer.inputs[0]
    shape: tuple[int, ...] = (1, 28, 28) if kind == "input" else (4, 6, 6)
    try:
        lower(layer, *[shape] * least)
    except ShapeError:
        shape = (4,) if kind != "reshape" else (1,)
    made = network(around(layer, *[shape] * max(least, 1)))
    x, _ = batch(made, 2)
    with NumpyEngine(1).load(made.program, made.weights) as execution:
        first, second = execution.predict(x)[0], execution.predict(x)[0]
    assert np.array_equal(first, second)


@pytest.mark.parametrize("kind", LAYERS)
def test_a_layer_class_is_named_after_its_kind(kind: str) -> None:
    """`max_pooling` is MaxPoolingLayer; abbreviations such as ReLU keep their usual case."""
    assert LAYERS[kind].__name__.lower() == f"{kind.replace('_', '')}layer"
