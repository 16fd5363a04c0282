"""Operations: their output shapes and their arithmetic, against counting."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnstudio.operations import (
    MONOTONE,
    OPTIMIZERS,
    BlockBuilder,
    Concatenate,
    Convolution,
    Dense,
    Hinge,
    Loss,
    MaxPooling,
    MeanSquaredError,
    Operation,
    Reshape,
    Softmax,
    SoftmaxCrossEntropy,
    TransposedConvolution,
    Triplet,
    Upsampling,
    Weight,
    elements,
)
from cnnstudio.operations.sliding_window import window_grid
from tests.support.formulas import FUNCTIONS
from tests.support.strategies import cases


def _starts(size: int, window: int, stride: int, before: int, after: int, dilation: int) -> list[int]:
    """Where windows start that lie wholly within the padded image, counted one by one."""
    reach = dilation * (window - 1) + 1
    return [start for start in range(0, size + before + after, stride) if start + reach <= size + before + after]


sizes = st.integers(1, 12)
small = st.integers(1, 4)


@cases(300)
@given(size=sizes, window=small, stride=small, before=st.integers(0, 5), after=st.integers(0, 5), dilation=small)
def test_the_number_of_windows_matches_a_count(
    size: int, window: int, stride: int, before: int, after: int, dilation: int
) -> None:
    rows, columns = window_grid((1, size, 20), (window, 1), (stride, 3), (before, 0, after, 0), (dilation, 1))
    if size + before + after >= dilation * (window - 1) + 1:
        assert rows == len(_starts(size, window, stride, before, after, dilation))
    else:
        assert rows < 1
    assert columns == 7


@cases(60)
@given(height=sizes, width=sizes, kernel=st.tuples(small, small), groups=st.sampled_from((1, 2)), data=st.data())
def test_macs_match_the_products_of_a_convolution(
    height: int, width: int, kernel: tuple[int, int], groups: int, data: st.DataObject
) -> None:
    stride = data.draw(st.tuples(small, small))
    operation = Convolution(4, kernel, stride, (3, 3, 3, 3), (1, 1), groups)
    image = (6, height, width)
    filters, rows, columns = operation.output_shape(image)
    counted = sum(
        1 for _ in product(range(filters), range(rows), range(columns), range(6 // groups), *map(range, kernel))
    )
    assert operation.macs(image) == counted


@cases(100)
@given(size=sizes, window=small, stride=small, crop=st.integers(0, 2), dilation=small, extra=st.integers(0, 3))
def test_a_transposed_convolution_inverts_the_size_of_a_convolution(
    size: int, window: int, stride: int, crop: int, dilation: int, extra: int
) -> None:
    operation = TransposedConvolution(
        3, (window, window), (stride, stride), (crop,) * 4, (extra, extra), (dilation, dilation), 1
    )
    _, high, _ = operation.output_shape((2, size, size))
    if high >= 1 and extra < stride:
        back = window_grid((3, high, high), (window, window), (stride, stride), (crop,) * 4, (dilation, dilation))
        assert back == (size, size)
    assert operation.macs((2, size, size)) == 2 * size * size * 3 * window * window


def test_cheap_operations_have_no_macs() -> None:
    shape = (3, 8, 8)
    for operation in (
        Softmax(),
        Reshape((192,)),
        MaxPooling((2, 2), (2, 2), (0, 0, 0, 0), (0, 0)),
        Upsampling((2, 2), "nearest"),
    ):
        assert operation.macs(shape) == 0
    assert Dense(10).macs((192,)) == 1920


def test_shapes_of_other_operations() -> None:
    assert Dense(10).output_shape((192,)) == (10,)
    assert Concatenate().output_shape((3, 4, 5), (1, 4, 5), (2, 4, 5)) == (6, 4, 5)
    assert Concatenate().output_shape((3,), (4,)) == (7,)
    assert Upsampling((2, 3), "bilinear").output_shape((5, 4, 4)) == (5, 8, 12)
    assert MaxPooling((2, 2), (2, 2), (0, 0, 0, 0), (1, 1)).output_shape((3, 7, 7)) == (3, 4, 4)
    assert Operation().output_shape((3, 4, 5)) == (3, 4, 5)
    assert elements((3, 4, 5)) == 60
    assert elements(()) == 1


def test_a_block_lists_its_operations() -> None:
    build = BlockBuilder((2, 4, 4))
    (x,) = build.inputs
    name = build.weight(Weight("weight", (5, 32), l2=0.1))
    state = build.weight(Weight("seen", (7,), trainable=False))
    row = build.emit(Reshape((32,)), x)
    scores = build.emit(Dense(5), row, weight=name)
    build.loss(Hinge(), scores)
    block = build.finish(scores)
    assert block.shapes == ((2, 4, 4), (32,), (5,))
    assert [(step.inputs, step.output, dict(step.weights)) for step in block.instructions] == [
        ((0,), 1, {}),
        ((1,), 2, {"weight": "weight"}),
    ]
    assert state == "seen"
    assert block.output_shape == (5,)
    assert (block.parameters, block.macs) == (160, 160)
    assert (block.loss, block.scores, block.output) == (Hinge(), 2, 2)


def test_losses_declare_whether_they_classify() -> None:
    assert SoftmaxCrossEntropy().is_classification
    assert MeanSquaredError().is_classification
    assert not MeanSquaredError(target="picture").is_classification
    assert not Triplet().is_classification
    assert Triplet.mixes_samples
    assert not Loss.mixes_samples


@pytest.mark.parametrize("function", sorted(MONOTONE))
def test_functions_that_commute_with_the_maximum_are_monotonic(function: str) -> None:
    places = [n / 8 for n in range(-80, 81)]
    for alpha in (0.0, 0.2, 1.0):
        values = [FUNCTIONS[function](x, alpha, 0.5) for x in places]
        assert values == sorted(values)


def test_optimizers_are_found_by_their_kind() -> None:
    for kind, cls in OPTIMIZERS.items():
        assert cls.kind == kind
        assert cls.title
        assert cls().rate > 0
        assert len(set(cls.slots)) == len(cls.slots)
