"""The registry of templates: networks to start from, with a dataset and training settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cnnstudio.data import DatasetName
from cnnstudio.graph import Graph, arrange
from cnnstudio.operations import Optimizer, Shape
from cnnstudio.operations.optimizer import Adam, Momentum
from cnnstudio.project import architectures
from cnnstudio.project.project import DataChoice, Project
from cnnstudio.training.schedule import Cosine
from cnnstudio.training.settings import Settings, TrainingChoice
from cnnstudio.user_error import UserError


class TemplateError(UserError):
    """A template that does not exist; the message lists the available ones."""


@dataclass(frozen=True)
class Template:
    """Builds a network for images of a shape and a number of classes, with a dataset and training settings for it."""

    name: str
    title: str
    image: Shape
    classes: int
    build: Callable[[Shape, int], Graph]
    data: DatasetName
    epochs: int
    batch: int
    optimizer: Optimizer

    @property
    def training(self) -> TrainingChoice:
        """The initial training choice."""
        settings = Settings(epochs=self.epochs, batch_size=self.batch)
        return TrainingChoice(self.optimizer, Cosine(), settings)


GRAY, COLOR, LARGE = (1, 28, 28), (3, 32, 32), (3, 224, 224)
XO, DIGITS, SHAPES = DatasetName("xo"), DatasetName("digits"), DatasetName("shapes")
SLOW = Momentum(rate=0.01, momentum=0.9)  # as AlexNet and VGG were trained

TEMPLATES: dict[str, Template] = {
    template.name: template
    for template in (
        Template("xo", "X or O", (1, 9, 9), 2, architectures.xo, XO, 10, 16, Adam(rate=0.005)),
        Template("cs231n", "CS231n's first ConvNet", COLOR, 10, architectures.cs231n, SHAPES, 20, 64, Adam(rate=0.003)),
        Template("lenet5", "LeNet-5 for digits", GRAY, 10, architectures.lenet5, DIGITS, 10, 32, Adam(rate=0.002)),
        Template(
            "digits-100",
            "Digits, with 100 hidden units",
            (1, 32, 32),
            10,
            architectures.digits_100,
            DatasetName("digits", "32"),
            10,
            32,
            Adam(),
        ),
        Template(
            "alexnet",
            "AlexNet, one tower",
            LARGE,
            1000,
            architectures.alexnet,
            DatasetName("shapes", "224"),
            90,
            128,
            SLOW,
        ),
        Template("vgg16", "VGG-16", LARGE, 1000, architectures.vgg16, DatasetName("shapes", "224"), 74, 64, SLOW),
        Template("vgg-small", "Small VGG", COLOR, 10, architectures.vgg_small, SHAPES, 10, 64, Adam()),
        Template(
            "resnet-small", "Small ResNet", COLOR, 10, architectures.resnet_small, SHAPES, 10, 64, Adam(rate=0.003)
        ),
        Template(
            "inception-block",
            "Inception block",
            COLOR,
            10,
            architectures.inception,
            SHAPES,
            10,
            64,
            Adam(rate=0.003),
        ),
        Template(
            "gap-cifar", "All convolutional", COLOR, 10, architectures.gap_cifar, SHAPES, 10, 64, Adam(rate=0.003)
        ),
        Template("autoencoder", "Autoencoder", GRAY, 10, architectures.autoencoder, DIGITS, 10, 64, Adam(rate=0.003)),
    )
}


def new_project(name: str, image: Shape | None = None, classes: int | None = None) -> Project:
    """A project from a template, optionally for another image shape or number of classes. Raises TemplateError."""
    if name not in TEMPLATES:
        raise TemplateError(f"There is no template {name!r}. Choose one of {', '.join(TEMPLATES)}.")
    template = TEMPLATES[name]
    graph = arrange(template.build(image or template.image, classes or template.classes))
    return Project(template.title, graph, DataChoice(source=template.data), template.training)


def is_like_its_template(project: Project) -> bool:
    """Whether the network is that of the template with its title, whatever the sizes of its layers are."""
    return any(
        _layers_and_edges(new_project(template.name)) == _layers_and_edges(project)
        for template in TEMPLATES.values()
        if template.title == project.title
    )


def _layers_and_edges(project: Project) -> object:
    graph = project.graph
    return {key: (node.name, node.layer.kind) for key, node in graph.nodes.items()}, graph.edges
