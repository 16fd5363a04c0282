"""The tables of Brandon Rohrer, "How do Convolutional Neural Networks work?": an X, three features, what they find."""

from __future__ import annotations

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.network import Network
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.pooling import MaxPoolingLayer
from cnnstudio.layers.reshape import FlattenLayer
from tests.support.results import built

X_IMAGE = np.full((9, 9), -1)
for _place in range(1, 8):
    X_IMAGE[_place, _place] = X_IMAGE[_place, 8 - _place] = 1
FEATURES = np.array(
    [
        [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]],
        [[1, -1, 1], [-1, 1, -1], [1, -1, 1]],
        [[-1, -1, 1], [-1, 1, -1], [1, -1, -1]],
    ]
)
MAPS = """
 0.77 -0.11  0.11  0.33  0.55 -0.11  0.33
-0.11  1.00 -0.11  0.33 -0.11  0.11 -0.11
 0.11 -0.11  1.00 -0.33  0.11 -0.11  0.55
 0.33  0.33 -0.33  0.55 -0.33  0.33  0.33
 0.55 -0.11  0.11 -0.33  1.00 -0.11  0.11
-0.11  0.11 -0.11  0.33 -0.11  1.00 -0.11
 0.33 -0.11  0.55  0.33  0.11 -0.11  0.77

 0.33 -0.55  0.11 -0.11  0.11 -0.55  0.33
-0.55  0.55 -0.55  0.33 -0.55  0.55 -0.55
 0.11 -0.55  0.55 -0.77  0.55 -0.55  0.11
-0.11  0.33 -0.77  1.00 -0.77  0.33 -0.11
 0.11 -0.55  0.55 -0.77  0.55 -0.55  0.11
-0.55  0.55 -0.55  0.33 -0.55  0.55 -0.55
 0.33 -0.55  0.11 -0.11  0.11 -0.55  0.33

 0.33 -0.11  0.55  0.33  0.11 -0.11  0.77
-0.11  0.11 -0.11  0.33 -0.11  1.00 -0.11
 0.55 -0.11  0.11 -0.33  1.00 -0.11  0.11
 0.33  0.33 -0.33  0.55 -0.33  0.33  0.33
 0.11 -0.11  1.00 -0.33  0.11 -0.11  0.55
-0.11  1.00 -0.11  0.33 -0.11  0.11 -0.11
 0.77 -0.11  0.11  0.33  0.55 -0.11  0.33
"""
POOLED = """
1.00 0.33 0.55 0.33
0.33 1.00 0.33 0.55
0.55 0.33 1.00 0.11
0.33 0.55 0.11 0.77

0.55 0.33 0.55 0.33
0.33 1.00 0.55 0.11
0.55 0.55 0.55 0.11
0.33 0.11 0.11 0.33

0.33 0.55 1.00 0.77
0.55 0.55 1.00 0.33
1.00 1.00 0.11 0.55
0.77 0.33 0.55 0.33
"""


def ninths(printed: str) -> Array:
    """The fractions that Rohrer's tables show: all are ninths, cut after two digits and not rounded (7/9 is 0.77)."""
    shown = {f"{n / 9:.6f}"[: 5 if n < 0 else 4]: n / 9 for n in range(-8, 9)} | {"1.00": 1.0}
    tables = [
        [[shown[cell] for cell in row.split()] for row in table.splitlines()] for table in printed.strip().split("\n\n")
    ]
    return np.array(tables)


def _rohrer(*layers: Layer) -> Network:
    convolution = ConvolutionLayer(filters=3)
    made = built(InputLayer(shape=(1, 9, 9)), convolution, *layers, FlattenLayer(), output=OutputLayer(loss="squared"))
    made.weights.arrays["layer1.weight"][...] = FEATURES[:, None] / 9
    return made


def test_feature_maps_of_an_x_match_rohrer() -> None:
    seen = _rohrer(ReLULayer(), MaxPoolingLayer(keep_edge=True)).activations(X_IMAGE[None, None].astype(float))
    maps = ninths(MAPS)
    np.testing.assert_allclose(seen["layer1"][0], maps, rtol=0, atol=1e-15)
    np.testing.assert_allclose(seen["layer2"][0], np.maximum(maps, 0), rtol=0, atol=1e-15)
    np.testing.assert_allclose(seen["layer3"][0], ninths(POOLED), rtol=0, atol=1e-15)


def test_the_order_of_pooling_and_relu_does_not_matter() -> None:
    """He pools 7 × 7 to 4 × 4 before ReLU and after it, in different images, with one result."""
    for layers in ((MaxPoolingLayer(keep_edge=True), ReLULayer()), (ReLULayer(), MaxPoolingLayer(keep_edge=True))):
        seen = _rohrer(*layers).activations(X_IMAGE[None, None].astype(float))
        np.testing.assert_allclose(seen["layer3"][0], ninths(POOLED), rtol=0, atol=1e-15)
