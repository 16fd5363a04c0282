"""The networks of the templates: famous ones, and small ones that each show an idea."""

from __future__ import annotations

from cnnstudio.graph import Edge, Graph, NodeId
from cnnstudio.graph.edit import add
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import ReLU
from cnnstudio.layers.convolution import ConvolutionLayer, TransposedConvolutionLayer
from cnnstudio.layers.dense import FullyConnected
from cnnstudio.layers.ends import Input, Output
from cnnstudio.layers.join import AddLayer, ConcatenateLayer
from cnnstudio.layers.normalization import BatchNorm
from cnnstudio.layers.pooling import GlobalAveragePooling, MaxPoolingLayer
from cnnstudio.layers.regularization import DropoutLayer
from cnnstudio.layers.reshape import Flatten
from cnnstudio.operations import Shape


def xo(picture: Shape, classes: int) -> Graph:
    """Brandon Rohrer's X-or-O: three features, ReLU, pooling that keeps the edge, votes."""
    pool = MaxPoolingLayer(keep_edge=True)
    return _chain(Input(shape=picture), _conv(3, 3), ReLU(), pool, Flatten(), _votes(classes), Output())


def cs231n(picture: Shape, classes: int) -> Graph:
    """INPUT-CONV-RELU-POOL-FC of the CS231n notes, with 12 filters."""
    return _chain(
        Input(shape=picture), _conv(12, 3, "same"), ReLU(), MaxPoolingLayer(), Flatten(), _votes(classes), Output()
    )


def lenet5(picture: Shape, classes: int) -> Graph:
    """LeCun et al., 1998, with ReLU and max pooling; 28 x 28 pictures are padded to keep their size."""
    convolutions = (_conv(6, 5, "same"), ReLU(), MaxPoolingLayer(), _conv(16, 5), ReLU(), MaxPoolingLayer())
    return _chain(Input(shape=picture), *convolutions, Flatten(), *_hidden(120, 84), _votes(classes), Output())


def digits_100(picture: Shape, classes: int) -> Graph:
    """6 filters of 5 x 5, pool, 16 of 5 x 5, pool, then 120, 100 and the votes."""
    convolutions = (_conv(6, 5), ReLU(), MaxPoolingLayer(), _conv(16, 5), ReLU(), MaxPoolingLayer())
    return _chain(Input(shape=picture), *convolutions, Flatten(), *_hidden(120, 100), _votes(classes), Output())


def alexnet(picture: Shape, classes: int) -> Graph:
    """Krizhevsky, 2014: AlexNet in one tower, without local response normalization, as frameworks ship it."""

    def pool() -> MaxPoolingLayer:
        return MaxPoolingLayer(pool_size=(3, 3), stride=(2, 2))

    first = ConvolutionLayer(filters=64, kernel_size=(11, 11), stride=(4, 4), padding="custom", border=(2, 2, 2, 2))
    return _chain(
        Input(shape=picture),
        *(first, ReLU(), pool()),
        *(_conv(192, 5, "same"), ReLU(), pool()),
        *(_conv(384, 3, "same"), ReLU()),
        *(_conv(256, 3, "same"), ReLU()),
        *(_conv(256, 3, "same"), ReLU(), pool()),
        Flatten(),
        *(DropoutLayer(), FullyConnected(units=4096), ReLU()),
        *(DropoutLayer(), FullyConnected(units=4096), ReLU()),
        _votes(classes),
        Output(),
    )


def vgg16(picture: Shape, classes: int) -> Graph:
    """Simonyan and Zisserman, 2014, configuration D."""
    layers: list[Layer] = [Input(shape=picture)]
    for filters, times in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(times):
            layers += [_conv(filters, 3, "same"), ReLU()]
        layers.append(MaxPoolingLayer())
    layers.append(Flatten())
    for _ in range(2):
        layers += [FullyConnected(units=4096), ReLU(), DropoutLayer()]
    return _chain(*layers, _votes(classes), Output())


def vgg_small(picture: Shape, classes: int) -> Graph:
    """VGG's idea at the size of CIFAR: pairs of 3 x 3 convolutions between pools."""
    layers: list[Layer] = [Input(shape=picture)]
    for filters in (32, 64):
        layers += [_conv(filters, 3, "same"), ReLU(), _conv(filters, 3, "same"), ReLU(), MaxPoolingLayer()]
    return _chain(*layers, Flatten(), *_hidden(256), _votes(classes), Output())


def resnet_small(picture: Shape, classes: int) -> Graph:
    """He et al., 2015: three residual blocks; where one halves the maps, a 1 x 1 convolution halves its shortcut."""
    graph, last = _extend(Graph(), "", Input(shape=picture), _bare_conv(16, 3), BatchNorm(), ReLU())
    for filters, stride in ((16, 1), (32, 2), (64, 2)):
        graph, last = _residual(graph, last, filters, stride)
    return _extend(graph, last, GlobalAveragePooling(), _votes(classes), Output())[0]


def inception(picture: Shape, classes: int) -> Graph:
    """Szegedy et al., 2014: one block that looks at 1 x 1, 3 x 3 and 5 x 5 at once, and joins what it finds."""
    graph, stem = _extend(Graph(), "", Input(shape=picture), _conv(16, 3, "same"), ReLU(), MaxPoolingLayer())
    around = MaxPoolingLayer(pool_size=(3, 3), stride=(1, 1), padding="same")
    branches: tuple[tuple[Layer, ...], ...] = (
        (_conv(16, 1), ReLU()),
        (_conv(16, 1), ReLU(), _conv(24, 3, "same"), ReLU()),
        (_conv(4, 1), ReLU(), _conv(8, 5, "same"), ReLU()),
        (around, _conv(8, 1), ReLU()),
    )
    ends = []
    for branch in branches:
        graph, end = _extend(graph, stem, *branch)
        ends.append(end)
    graph, joined = add(graph, ConcatenateLayer())
    for port, end in enumerate(ends):
        graph = graph.with_edge(Edge(end, joined, port))
    return _extend(graph, joined, MaxPoolingLayer(), Flatten(), _votes(classes), Output())[0]


def gap_cifar(picture: Shape, classes: int) -> Graph:
    """Springenberg et al., 2014: convolutions all the way; one map a class, whose mean is the vote."""
    layers: list[Layer] = [Input(shape=picture)]
    for filters in (32, 64):
        layers += [_conv(filters, 3, "same"), ReLU(), _conv(filters, 3, "same", 2), ReLU()]
    return _chain(*layers, _conv(classes, 1), GlobalAveragePooling(), Output())


def autoencoder(picture: Shape, classes: int) -> Graph:
    """Squeezes the picture through a quarter of its size and back, and learns to give the picture itself."""
    return _chain(
        Input(shape=picture),
        *(_conv(16, 3, "same"), ReLU(), MaxPoolingLayer()),
        *(_conv(4, 3, "same"), ReLU(), MaxPoolingLayer()),
        *(TransposedConvolutionLayer(filters=16), ReLU()),
        *(TransposedConvolutionLayer(filters=16), ReLU()),
        _conv(picture[0], 3, "same"),
        Output(loss="squared", target="picture"),
    )


def _residual(graph: Graph, last: NodeId, filters: int, stride: int) -> tuple[Graph, NodeId]:
    """Two convolutions whose result is added to what came in."""
    path = (_bare_conv(filters, 3, stride), BatchNorm(), ReLU(), _bare_conv(filters, 3), BatchNorm())
    graph, end = _extend(graph, last, *path)
    shortcut = last
    if stride != 1:
        graph, shortcut = _extend(graph, last, _bare_conv(filters, 1, stride), BatchNorm())
    graph, joined = add(graph, AddLayer())
    graph = graph.with_edge(Edge(shortcut, joined, 0)).with_edge(Edge(end, joined, 1))
    return _extend(graph, joined, ReLU())


def _chain(*layers: Layer) -> Graph:
    """The layers one after another."""
    return _extend(Graph(), "", *layers)[0]


def _extend(graph: Graph, last: NodeId, *layers: Layer) -> tuple[Graph, NodeId]:
    """Put layers one after another behind a node; returns the graph and the last of them."""
    for layer in layers:
        graph, node = add(graph, layer)
        if last:
            graph = graph.with_edge(Edge(last, node))
        last = node
    return graph, last


def _conv(filters: int, size: int, padding: str = "valid", stride: int = 1) -> ConvolutionLayer:
    return ConvolutionLayer(filters=filters, kernel_size=(size, size), padding=padding, stride=(stride, stride))


def _bare_conv(filters: int, size: int, stride: int = 1) -> ConvolutionLayer:
    """A convolution before a batch norm, which brings the bias."""
    return _conv(filters, size, "same", stride).with_params(use_bias=False)


def _hidden(*units: int) -> list[Layer]:
    """Fully connected layers with ReLU."""
    return [layer for count in units for layer in (FullyConnected(units=count), ReLU())]


def _votes(classes: int) -> FullyConnected:
    """The last fully connected layer, which starts with small votes."""
    return FullyConnected(units=classes, initializer="glorot_uniform")
