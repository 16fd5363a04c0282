"""Every strategy for copying windows and splitting products gives the same convolution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from cnnstudio.engine.fusion import fuse
from cnnstudio.engine.numpy import convolution_products, im2col
from cnnstudio.engine.numpy.window_geometry import overlap
from cnnstudio.layers import Layer
from tests.support.networks import around, batch, loss_and_gradient, network
from tests.support.strategies import cases, fit, layers_of, shapes_for

WAYS = {
    "many blocks": {"SMALL_PRODUCT": 30, "SHORT_ROW": 1},
    "whole windows": {"SHORT_ROW": 1 << 30, "MANY_WEIGHTS": 0},
    "rows whatever the cost": {"SHORT_ROW": 1 << 30, "SMALL_PRODUCT": 1 << 60},
}
SLIDING = ("convolution", "depthwise_convolution", "separable_convolution", "transposed_convolution")


def _check_every_strategy(layer: Layer, shapes: tuple[tuple[int, ...], ...], size: int) -> None:
    note(f"{layer} on {shapes}")
    made = network(around(layer, *shapes))
    x, labels = batch(made, size)
    program = fuse(made.program.until(made.program.scores))
    value, gradient = loss_and_gradient(program, made, x, labels)
    for ways in WAYS.values():
        for partial_sums in (1, 1 << 22):
            with pytest.MonkeyPatch.context() as patch:
                for name, number in ways.items():
                    patch.setattr(im2col, name, number)
                patch.setattr(convolution_products, "PARTIAL_SUMS", partial_sums)
                other_value, other = loss_and_gradient(program, made, x, labels)
            assert other_value == pytest.approx(value, rel=1e-12)
            np.testing.assert_allclose(other, gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", SLIDING)
@cases(30)
@given(data=st.data())
def test_every_strategy_gives_the_same_result(kind: str, data: st.DataObject) -> None:
    layer = data.draw(layers_of(kind))
    _check_every_strategy(*fit(data.draw, layer, data.draw(shapes_for(layer))), data.draw(st.integers(1, 4)))


@pytest.mark.slow
@pytest.mark.parametrize("kind", SLIDING)
@cases(400)
@given(data=st.data())
def test_every_strategy_gives_the_same_result_in_many_cases(kind: str, data: st.DataObject) -> None:
    layer = data.draw(layers_of(kind))
    _check_every_strategy(*fit(data.draw, layer, data.draw(shapes_for(layer))), data.draw(st.integers(1, 8)))


@cases(400)
@given(size=st.integers(1, 9), count=st.integers(1, 9), stride=st.integers(1, 5), offset=st.integers(-20, 20))
def test_windows_and_the_pixels_under_them_pair_up(size: int, count: int, stride: int, offset: int) -> None:
    places, pixels = overlap(size, count, stride, offset)
    expected = [(window, window * stride + offset) for window in range(count) if 0 <= window * stride + offset < size]
    assert list(zip(range(count)[places], range(size)[pixels], strict=True)) == expected
