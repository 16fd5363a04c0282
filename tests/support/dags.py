"""Random networks for Hypothesis: chains, and graphs that branch and merge."""

from __future__ import annotations

from hypothesis import strategies as st

from cnnstudio.graph import Edge, Graph, Node, NodeId
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import (
    ELULayer,
    LeakyReLULayer,
    ReLULayer,
    SigmoidLayer,
    SiLULayer,
    SoftplusLayer,
    TanhLayer,
)
from cnnstudio.layers.convolution import ConvolutionLayer, DepthwiseConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.join import AddLayer, ConcatenateLayer, MultiplyLayer
from cnnstudio.layers.normalization import BatchNormalizationLayer, GroupNormalizationLayer
from cnnstudio.layers.pooling import AveragePoolingLayer, GlobalAveragePoolingLayer, MaxPoolingLayer
from cnnstudio.layers.regularization import DropoutLayer
from cnnstudio.layers.reshape import FlattenLayer
from tests.support.networks import line

ACTIVATIONS: tuple[Layer, ...] = (
    ReLULayer(),
    LeakyReLULayer(slope=0.1),
    ELULayer(),
    SigmoidLayer(),
    SoftplusLayer(),
    TanhLayer(),
    SiLULayer(),
)
CHANNELS = 3  # of every map in a graph that forks, so that any two can be added


def activations() -> st.SearchStrategy[Layer]:
    """Activations: those that commute with max pooling, and one that does not."""
    return st.sampled_from(ACTIVATIONS)


@st.composite
def convolutions(draw: st.DrawFn) -> Layer:
    """Convolutions that keep the image's size, unless their stride is 2."""
    size = draw(st.sampled_from((1, 2, 3, 5)))
    return ConvolutionLayer(
        filters=draw(st.integers(1, 5)),
        kernel_size=(size, draw(st.sampled_from((1, 3)))),
        stride=draw(st.sampled_from(((1, 1), (1, 1), (2, 1)))),
        padding="same",
        use_bias=draw(st.booleans()),
    )


@st.composite
def poolings(draw: st.DrawFn) -> Layer:
    """Pooling layers that fit images of any size."""
    cls = draw(st.sampled_from((MaxPoolingLayer, MaxPoolingLayer, AveragePoolingLayer)))
    size = draw(st.sampled_from((2, 3)))
    return cls(pool_size=(size, size), stride=(2, 2), padding="same", keep_edge=draw(st.booleans()))


@st.composite
def chains(draw: st.DrawFn) -> Graph:
    """Convolution, pooling and activation layers in any order, then fully connected layers."""
    shape = (draw(st.integers(1, 3)), draw(st.integers(4, 9)), draw(st.integers(4, 9)))
    body = draw(st.lists(convolutions() | poolings() | activations(), min_size=1, max_size=7))
    head: list[Layer] = [DenseLayer(units=4), draw(activations())] if draw(st.booleans()) else []
    ends = draw(st.sampled_from((OutputLayer(), OutputLayer(loss="squared"))))
    return line(InputLayer(shape=shape), *body, FlattenLayer(), *head, DenseLayer(units=3), ends)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Networks in which a feature map has any number of consumers, some of which do not reach the output."""
    shape = (CHANNELS, draw(st.integers(3, 6)), draw(st.integers(3, 6)))
    graph = Graph().with_node(Node("input", InputLayer(shape=shape), "input"))
    values: list[NodeId] = ["input"]
    for number in range(draw(st.integers(2, 9))):
        layer = draw(_steps())
        graph = graph.with_node(Node(f"step{number}", layer, f"step{number}"))
        for port in range(layer.inputs[0]):
            graph = graph.with_edge(Edge(draw(st.sampled_from(values)), f"step{number}", port))
        if isinstance(layer, ConcatenateLayer):
            back = ConvolutionLayer(filters=CHANNELS, kernel_size=(1, 1))
            graph = graph.with_node(Node(f"back{number}", back, f"back{number}"))
            graph = graph.with_edge(Edge(f"step{number}", f"back{number}"))
            values.append(f"back{number}")
        else:
            values.append(f"step{number}")
    return _ended(graph, values[-1], draw(st.sampled_from(values)), draw(st.booleans()))


def _steps() -> st.SearchStrategy[Layer]:
    """Layers whose output has the shape of their input."""
    return st.sampled_from(
        (
            ConvolutionLayer(filters=CHANNELS, padding="same"),
            DepthwiseConvolutionLayer(padding="same"),
            MaxPoolingLayer(stride=(1, 1), padding="same"),
            AveragePoolingLayer(pool_size=(3, 3), stride=(1, 1), padding="same"),
            BatchNormalizationLayer(),
            GroupNormalizationLayer(groups=CHANNELS),
            DropoutLayer(rate=0.3),
            AddLayer(),
            AddLayer(),
            MultiplyLayer(),
            ConcatenateLayer(),
            *ACTIVATIONS,
        )
    )


def _ended(graph: Graph, last: NodeId, other: NodeId, both: bool) -> Graph:
    """Flatten the last feature map twice, and concatenate the channel means of another."""
    nodes: dict[NodeId, Layer] = {"flatten": FlattenLayer(), "fc": DenseLayer(units=4), "output": OutputLayer()}
    edges = [Edge(last, "flatten"), Edge("flatten", "fc")]
    if both:
        nodes |= {"gap": GlobalAveragePoolingLayer(), "twin": DenseLayer(units=4), "means": DenseLayer(units=4)}
        nodes["sum"] = AddLayer()
        edges += [Edge(other, "gap"), Edge("gap", "means"), Edge("flatten", "twin")]
        edges += [Edge(name, "sum", port) for port, name in enumerate(("fc", "means", "twin"))]
    edges.append(Edge("sum" if both else "fc", "output"))
    for name, layer in nodes.items():
        graph = graph.with_node(Node(name, layer, name))
    for edge in edges:
        graph = graph.with_edge(edge)
    return graph
