"""Ready networks to start from: each a project with layers, data and training that suit it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cnnstudio.graph import Edge, Graph, arrange
from cnnstudio.graph.edit import add
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import ReLU
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import FullyConnected
from cnnstudio.layers.ends import Input, Output
from cnnstudio.layers.pooling import MaxPoolingLayer
from cnnstudio.layers.reshape import Flatten
from cnnstudio.operations import Shape
from cnnstudio.operations.optimizer import Adam
from cnnstudio.project.project import DataChoice, Project
from cnnstudio.training.choice import Settings, TrainingChoice
from cnnstudio.training.schedule import Cosine


class TemplateError(ValueError):
    """A template that does not exist or cannot be made so; the message says what can."""


@dataclass(frozen=True)
class Template:
    """A recipe for a network, given the pictures' shape and the number of classes."""

    name: str
    title: str
    picture: Shape
    classes: int
    build: Callable[[Shape, int], Graph]
    training: TrainingChoice = TrainingChoice()
    data: DataChoice = DataChoice()


def chain(*layers: Layer) -> Graph:
    """The layers one after another."""
    graph, last = Graph(), ""
    for layer in layers:
        graph, node = add(graph, layer)
        if last:
            graph = graph.with_edge(Edge(last, node))
        last = node
    return graph


def conv(filters: int, size: int, padding: str = "valid", stride: int = 1) -> ConvolutionLayer:
    """A square convolution."""
    return ConvolutionLayer(filters=filters, kernel_size=(size, size), padding=padding, stride=(stride, stride))


def dense(units: int) -> FullyConnected:
    """A fully connected layer."""
    return FullyConnected(units=units)


def votes(classes: int) -> FullyConnected:
    """The last fully connected layer, which starts with small votes."""
    return FullyConnected(units=classes, initializer="glorot_uniform")


def _xo(picture: Shape, classes: int) -> Graph:
    pool = MaxPoolingLayer(keep_edge=True)
    return chain(Input(shape=picture), conv(3, 3), ReLU(), pool, Flatten(), votes(classes), Output())


def _lenet5(picture: Shape, classes: int) -> Graph:
    return chain(
        Input(shape=picture),
        conv(6, 5, "same"),
        ReLU(),
        MaxPoolingLayer(),
        conv(16, 5),
        ReLU(),
        MaxPoolingLayer(),
        Flatten(),
        dense(120),
        ReLU(),
        dense(84),
        ReLU(),
        votes(classes),
        Output(),
    )


def _training(epochs: int, batch: int, rate: float) -> TrainingChoice:
    return TrainingChoice(Adam(rate=rate), Cosine(), Settings(epochs=epochs, batch_size=batch))


TEMPLATES: dict[str, Template] = {
    template.name: template
    for template in (
        Template("xo", "X or O", (1, 9, 9), 2, _xo, _training(10, 16, 0.005)),
        Template("lenet5", "LeNet-5 for digits", (1, 28, 28), 10, _lenet5, _training(10, 32, 0.002)),
    )
}


def new_project(name: str, picture: Shape | None = None, classes: int | None = None) -> Project:
    """The template's project, for pictures and classes of one's own if given. Raises TemplateError."""
    if name not in TEMPLATES:
        raise TemplateError(f"There is no template {name!r}; there are {', '.join(TEMPLATES)}.")
    template = TEMPLATES[name]
    graph = arrange(template.build(picture or template.picture, classes or template.classes))
    return Project(template.title, graph, template.data, template.training)
