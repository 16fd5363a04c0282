"""Matrix products in parts are those of the whole matrices, whatever their shapes."""

from __future__ import annotations

import numpy as np
import pytest

from cnnstudio.engine.numpy.matrix_product import MatrixProduct


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((3, 4), (4, 5)),
        ((600, 2048), (2048, 300)),  # split along rows
        ((300, 2048), (2048, 600)),  # split along columns
        ((700, 2048), (2048, 701)),  # split along both
        ((6, 300, 512), (6, 512, 300)),  # split along the stack
        ((1, 300, 2048), (1, 2048, 600)),
    ],
)
@pytest.mark.parametrize("transposed", [False, True])
def test_a_product_in_parts_is_that_of_the_whole(
    left: tuple[int, ...], right: tuple[int, ...], transposed: bool
) -> None:
    random = np.random.default_rng(0)
    a = random.random(left, np.float32)
    b = random.random(right, np.float32)
    if transposed:
        a, b = (np.ascontiguousarray(array.swapaxes(-1, -2)).swapaxes(-1, -2) for array in (a, b))
    out = np.empty((*left[:-1], right[-1]), np.float32)
    MatrixProduct(a, b, out).compute()
    np.testing.assert_allclose(out, a.astype(np.float64) @ b.astype(np.float64), rtol=1e-4)
