"""Ceil mode: an incomplete last window counts, but a pooling layer never makes an empty map."""

import pytest

from cnnstudio.layers import ShapeError, lower
from cnnstudio.layers.pooling import AveragePoolingLayer, MaxPoolingLayer


@pytest.mark.parametrize("kind", [MaxPoolingLayer, AveragePoolingLayer])
@pytest.mark.parametrize("window", range(1, 6))
@pytest.mark.parametrize("stride", range(1, 5))
def test_the_number_of_windows_matches_pytorch_ceil_mode(
    kind: type[MaxPoolingLayer] | type[AveragePoolingLayer], window: int, stride: int
) -> None:
    layer = kind(pool_size=(window, window), stride=(stride, stride), keep_edge=True)
    for size in range(1, 8):
        count = -(-(size - window) // stride) + 1
        count -= (count - 1) * stride >= size
        if count < 1:
            with pytest.raises(ShapeError, match="does not fit"):
                lower(layer, (1, size, size))
        else:
            assert lower(layer, (1, size, size)).output_shape == (1, count, count)
