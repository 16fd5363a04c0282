"""Every kind of layer with its defaults, one family side by side in each network."""

from __future__ import annotations

from cnnstudio.graph import Graph
from cnnstudio.layers import LAYERS, Layer, ShapeError, lower
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.join import ConcatenateLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations import Shape
from tests.support.networks import wire

SHAPES = ((4, 7, 5), (4, 6, 8))
PLACED = {"input": {"shape": (2, 9, 6)}, "reshape": {"shape": (2, 10, 7)}}  # where the palette's own fit none of these
ROLES = tuple(dict.fromkeys(cls.role for kind, cls in LAYERS.items() if kind not in ("input", "output")))


def placed(kind: str) -> tuple[Layer, Shape]:
    """The layer with its defaults, and a shape that it accepts."""
    layer = LAYERS[kind](**PLACED.get(kind, {}))
    for shape in (*SHAPES, (8,)):
        try:
            lower(layer, *(shape,) * layer.inputs[0])
        except ShapeError:
            continue
        return layer, shape
    raise AssertionError(f"no shape fits {kind}")


def side_by_side(role: str) -> Graph:
    """All layers of a family on the output of one convolution, flattened and concatenated."""
    nodes: dict[str, Layer] = {
        "input": InputLayer(shape=(2, 7, 5)),
        "fed": ConvolutionLayer(filters=4, kernel_size=(1, 1)),
    }
    nodes |= {"row": FlattenLayer(), "all": ConcatenateLayer(), "fc": DenseLayer(units=3), "output": OutputLayer()}
    edges: list[tuple[str, str, int]] = [("input", "fed", 0), ("fed", "row", 0), ("row", "all", 0)]
    edges += [("all", "fc", 0), ("fc", "output", 0)]
    for port, kind in enumerate((kind for kind, layer in LAYERS.items() if layer.role == role), 1):
        layer, shape = placed(kind)
        nodes |= {kind: layer, f"{kind}_row": FlattenLayer()}
        edges += [("fed" if len(shape) == 3 else "row", kind, place) for place in range(layer.inputs[0])]
        edges += [(kind, f"{kind}_row", 0), (f"{kind}_row", "all", port)]
    return wire(nodes, *edges)
