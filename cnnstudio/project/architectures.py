"""The networks of the templates: famous ones, and small ones that each demonstrate an idea."""

from __future__ import annotations

from cnnstudio.graph import Edge, Graph, NodeId
from cnnstudio.graph.edit import add
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer, TransposedConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.join import AddLayer, ConcatenateLayer
from cnnstudio.layers.normalization import BatchNormalizationLayer
from cnnstudio.layers.pooling import GlobalAveragePoolingLayer, MaxPoolingLayer
from cnnstudio.layers.regularization import DropoutLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations import Shape


def xo(image: Shape, classes: int) -> Graph:
    """Brandon Rohrer's X-or-O network: three filters, ReLU, pooling that keeps the edge, a fully connected layer."""
    pool = MaxPoolingLayer(keep_edge=True)
    return _chain(
        InputLayer(shape=image), _conv(3, 3), ReLULayer(), pool, FlattenLayer(), _scores(classes), OutputLayer()
    )


def cs231n(image: Shape, classes: int) -> Graph:
    """INPUT-CONV-RELU-POOL-FC of the CS231n notes, with 12 filters."""
    return _chain(
        InputLayer(shape=image),
        _conv(12, 3, "same"),
        ReLULayer(),
        MaxPoolingLayer(),
        FlattenLayer(),
        _scores(classes),
        OutputLayer(),
    )


def lenet5(image: Shape, classes: int) -> Graph:
    """LeCun et al., 1998, with ReLU and max pooling; the first convolution pads 28 x 28 images to keep their size."""
    convolutions = (_conv(6, 5, "same"), ReLULayer(), MaxPoolingLayer(), _conv(16, 5), ReLULayer(), MaxPoolingLayer())
    return _chain(
        InputLayer(shape=image), *convolutions, FlattenLayer(), *_hidden(120, 84), _scores(classes), OutputLayer()
    )


def digits_100(image: Shape, classes: int) -> Graph:
    """6 filters of 5 x 5, pooling, 16 filters of 5 x 5, pooling, then 120, 100 and the output layer."""
    convolutions = (_conv(6, 5), ReLULayer(), MaxPoolingLayer(), _conv(16, 5), ReLULayer(), MaxPoolingLayer())
    return _chain(
        InputLayer(shape=image), *convolutions, FlattenLayer(), *_hidden(120, 100), _scores(classes), OutputLayer()
    )


def alexnet(image: Shape, classes: int) -> Graph:
    """Krizhevsky, 2014: AlexNet in one tower, without local response normalization, as in torchvision."""

    def pool() -> MaxPoolingLayer:
        return MaxPoolingLayer(pool_size=(3, 3), stride=(2, 2))

    first = ConvolutionLayer(filters=64, kernel_size=(11, 11), stride=(4, 4), padding="custom", border=(2, 2, 2, 2))
    return _chain(
        InputLayer(shape=image),
        *(first, ReLULayer(), pool()),
        *(_conv(192, 5, "same"), ReLULayer(), pool()),
        *(_conv(384, 3, "same"), ReLULayer()),
        *(_conv(256, 3, "same"), ReLULayer()),
        *(_conv(256, 3, "same"), ReLULayer(), pool()),
        FlattenLayer(),
        *(DropoutLayer(), DenseLayer(units=4096), ReLULayer()),
        *(DropoutLayer(), DenseLayer(units=4096), ReLULayer()),
        _scores(classes),
        OutputLayer(),
    )


def vgg16(image: Shape, classes: int) -> Graph:
    """Simonyan and Zisserman, 2014, configuration D."""
    layers: list[Layer] = [InputLayer(shape=image)]
    for filters, times in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(times):
            layers += [_conv(filters, 3, "same"), ReLULayer()]
        layers.append(MaxPoolingLayer())
    layers.append(FlattenLayer())
    for _ in range(2):
        layers += [DenseLayer(units=4096), ReLULayer(), DropoutLayer()]
    return _chain(*layers, _scores(classes), OutputLayer())


def vgg_small(image: Shape, classes: int) -> Graph:
    """The idea of VGG for images of CIFAR's size: pairs of 3 x 3 convolutions between poolings."""
    layers: list[Layer] = [InputLayer(shape=image)]
    for filters in (32, 64):
        layers += [_conv(filters, 3, "same"), ReLULayer(), _conv(filters, 3, "same"), ReLULayer(), MaxPoolingLayer()]
    return _chain(*layers, FlattenLayer(), *_hidden(256), _scores(classes), OutputLayer())


def resnet_small(image: Shape, classes: int) -> Graph:
    """He et al., 2015: three residual blocks; a 1 x 1 convolution in the shortcut where a block halves the maps."""
    graph, last = _extend(
        Graph(), "", InputLayer(shape=image), _bare_conv(16, 3), BatchNormalizationLayer(), ReLULayer()
    )
    for filters, stride in ((16, 1), (32, 2), (64, 2)):
        graph, last = _residual(graph, last, filters, stride)
    return _extend(graph, last, GlobalAveragePoolingLayer(), _scores(classes), OutputLayer())[0]


def inception(image: Shape, classes: int) -> Graph:
    """Szegedy et al., 2014: one block with parallel 1 x 1, 3 x 3 and 5 x 5 convolutions, which are concatenated."""
    graph, stem = _extend(Graph(), "", InputLayer(shape=image), _conv(16, 3, "same"), ReLULayer(), MaxPoolingLayer())
    around = MaxPoolingLayer(pool_size=(3, 3), stride=(1, 1), padding="same")
    branches: tuple[tuple[Layer, ...], ...] = (
        (_conv(16, 1), ReLULayer()),
        (_conv(16, 1), ReLULayer(), _conv(24, 3, "same"), ReLULayer()),
        (_conv(4, 1), ReLULayer(), _conv(8, 5, "same"), ReLULayer()),
        (around, _conv(8, 1), ReLULayer()),
    )
    ends = []
    for branch in branches:
        graph, end = _extend(graph, stem, *branch)
        ends.append(end)
    graph, joined = add(graph, ConcatenateLayer())
    for port, end in enumerate(ends):
        graph = graph.with_edge(Edge(end, joined, port))
    return _extend(graph, joined, MaxPoolingLayer(), FlattenLayer(), _scores(classes), OutputLayer())[0]


def gap_cifar(image: Shape, classes: int) -> Graph:
    """Springenberg et al., 2014: only convolutions, the last with one map per class, whose mean is the score."""
    layers: list[Layer] = [InputLayer(shape=image)]
    for filters in (32, 64):
        layers += [_conv(filters, 3, "same"), ReLULayer(), _conv(filters, 3, "same", 2), ReLULayer()]
    return _chain(*layers, _conv(classes, 1), GlobalAveragePoolingLayer(), OutputLayer())


def autoencoder(image: Shape, classes: int) -> Graph:
    """Compresses the image to a quarter of its size and reconstructs it."""
    return _chain(
        InputLayer(shape=image),
        *(_conv(16, 3, "same"), ReLULayer(), MaxPoolingLayer()),
        *(_conv(4, 3, "same"), ReLULayer(), MaxPoolingLayer()),
        *(TransposedConvolutionLayer(filters=16), ReLULayer()),
        *(TransposedConvolutionLayer(filters=16), ReLULayer()),
        _conv(image[0], 3, "same"),
        OutputLayer(loss="squared", target="picture"),
    )


def _residual(graph: Graph, last: NodeId, filters: int, stride: int) -> tuple[Graph, NodeId]:
    """Two convolutions whose output is added to their input."""
    path = (
        _bare_conv(filters, 3, stride),
        BatchNormalizationLayer(),
        ReLULayer(),
        _bare_conv(filters, 3),
        BatchNormalizationLayer(),
    )
    graph, end = _extend(graph, last, *path)
    shortcut = last
    if stride != 1:
        graph, shortcut = _extend(graph, last, _bare_conv(filters, 1, stride), BatchNormalizationLayer())
    graph, joined = add(graph, AddLayer())
    graph = graph.with_edge(Edge(shortcut, joined, 0)).with_edge(Edge(end, joined, 1))
    return _extend(graph, joined, ReLULayer())


def _chain(*layers: Layer) -> Graph:
    """The layers one after another."""
    return _extend(Graph(), "", *layers)[0]


def _extend(graph: Graph, last: NodeId, *layers: Layer) -> tuple[Graph, NodeId]:
    """Append layers one after another to a node; returns the graph and the last node."""
    for layer in layers:
        graph, node = add(graph, layer)
        if last:
            graph = graph.with_edge(Edge(last, node))
        last = node
    return graph, last


def _conv(filters: int, size: int, padding: str = "valid", stride: int = 1) -> ConvolutionLayer:
    return ConvolutionLayer(filters=filters, kernel_size=(size, size), padding=padding, stride=(stride, stride))


def _bare_conv(filters: int, size: int, stride: int = 1) -> ConvolutionLayer:
    """A convolution without bias, for use before a batch norm."""
    return _conv(filters, size, "same", stride).with_params(use_bias=False)


def _hidden(*units: int) -> list[Layer]:
    """Fully connected layers with ReLU."""
    return [layer for count in units for layer in (DenseLayer(units=count), ReLULayer())]


def _scores(classes: int) -> DenseLayer:
    """The last fully connected layer, initialized so that the first scores are small."""
    return DenseLayer(units=classes, initializer="glorot_uniform")
