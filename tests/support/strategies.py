"""Hypothesis strategies: layers from their declared parameters, shapes, and fixes for shapes that do not fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, reject, settings
from hypothesis import strategies as st

from cnnstudio.layers import LAYERS, Layer, LayerFix, ShapeError, lower
from cnnstudio.operations import Shape
from cnnstudio.spec import ChoiceParam, FlagParam, NumberParam, NumbersParam, PairParam, Param, params_of

LARGEST = 5  # whole numbers are drawn up to here, so that windows and images are often of like size
STEPS = 4  # fixes that may have to be taken, one after another, until a layer fits


def cases(count: int) -> settings:
    """This many examples, the same in every run."""
    slow = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    return settings(max_examples=count, derandomize=True, deadline=None, database=None, suppress_health_check=slow)


def values_of(param: Param) -> st.SearchStrategy[object]:
    """Values that the parameter accepts, most often its default."""
    return st.just(param.default) | _others_of(param)


def _others_of(param: Param) -> st.SearchStrategy[object]:
    """Small integers, and real numbers at which finite differences work."""
    if isinstance(param, FlagParam):
        return st.booleans()
    if isinstance(param, ChoiceParam):
        return st.sampled_from(param.options)
    if isinstance(param, PairParam):
        side = st.integers(param.min, min(param.max, LARGEST))
        return st.tuples(side, side)
    if isinstance(param, NumbersParam):
        least, most = param.lengths
        return st.lists(_numbers(param.min, param.max, param.integral), min_size=least, max_size=min(most, 5)).map(
            tuple
        )
    assert isinstance(param, NumberParam)
    return _numbers(param.min, param.max, param.integral)


def _numbers(low: float, high: float, integral: bool) -> st.SearchStrategy[float]:
    if integral:
        return st.integers(int(low), int(max(low, min(high, LARGEST))))
    least = max(low, -2.0) if low <= 0 else max(low, 0.0625)
    return st.floats(least, max(least, min(high, 2.0))).map(lambda value: min(max(round(value, 3), low), high))


def layers_of(kind: str) -> st.SearchStrategy[Layer]:
    """Layers of the kind with any parameters."""
    cls = LAYERS[kind]
    return st.fixed_dictionaries({name: values_of(param) for name, param in params_of(cls)}).map(
        lambda drawn: cls(**drawn)
    )


def images() -> st.SearchStrategy[Shape]:
    """Shapes of small, uneven images, 1 × 1 ones too."""
    return st.tuples(st.integers(1, 6), st.integers(1, 8), st.integers(1, 8))


def rows() -> st.SearchStrategy[Shape]:
    """Shapes of vectors."""
    return st.tuples(st.integers(1, 24))


@st.composite
def shapes_for(draw: st.DrawFn, layer: Layer) -> tuple[Shape, ...]:
    """Input shapes for the layer; several inputs differ at most in their channels, and usually not at all."""
    least, most = layer.inputs
    count = draw(st.integers(least, min(most, 4)))
    first = draw(images() | images() | rows())
    others = [
        (draw(st.integers(1, 6)), *first[1:]) if draw(st.integers(0, 3)) == 0 else first for _ in range(count - 1)
    ]
    return (first, *others)[:count]


def fit(draw: Callable[..., Any], layer: Layer, shapes: tuple[Shape, ...]) -> tuple[Layer, tuple[Shape, ...]]:
    """The layer and shapes, with fixes applied until they fit; rejects the example where none is offered."""
    for _ in range(STEPS):
        try:
            lower(layer, *shapes)
        except ShapeError as error:
            if not error.fixes:
                reject()
            layer, shapes = follow(draw(st.sampled_from(error.fixes)), layer, shapes)
        else:
            break
    return layer, shapes


def follow(fix: LayerFix, layer: Layer, shapes: tuple[Shape, ...]) -> tuple[Layer, tuple[Shape, ...]]:
    """Layer and shapes after the fix."""
    if fix.insert:
        before = LAYERS[fix.insert](**fix.params)
        return layer, (lower(before, shapes[0]).output_shape, *shapes[1:])
    return layer.with_params(**fix.params), shapes


def leads_out(fix: LayerFix, layer: Layer, shapes: tuple[Shape, ...], steps: int = STEPS) -> bool:
    """Whether the layer fits after the fix, with a further fix for each further problem."""
    layer, shapes = follow(fix, layer, shapes)
    try:
        lower(layer, *shapes)
    except ShapeError as further:
        return steps > 1 and any(leads_out(next_one, layer, shapes, steps - 1) for next_one in further.fixes)
    return True
