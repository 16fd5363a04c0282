"""Templates: each builds a sound network, for its own images and for others."""

from __future__ import annotations

import numpy as np
import pytest

from cnnstudio.data import SOURCES
from cnnstudio.engine.network import Network
from cnnstudio.graph import DataSpec, check
from cnnstudio.project import TEMPLATES, TemplateError, new_project


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_is_valid_and_fits_its_dataset(name: str) -> None:
    template = TEMPLATES[name]
    project = new_project(name)
    assert check(project.graph, DataSpec(template.image, template.classes)).ok
    assert project.title == template.title


SMALL = [name for name in TEMPLATES if check(new_project(name).graph).parameters < 5_000_000]


@pytest.mark.parametrize("name", SMALL)
def test_every_small_template_predicts(name: str) -> None:
    template = TEMPLATES[name]
    network = Network.create(new_project(name).graph)
    answers = network.predict(np.zeros((2, *template.image), np.float32))
    assert np.isfinite(answers).all()
    assert len(answers) == 2


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_starts_with_a_dataset_that_fits(name: str) -> None:
    template = TEMPLATES[name]
    kind, size = template.data.kind, template.data.argument
    assert kind in SOURCES
    assert not SOURCES[kind].needs_folder
    drawn = {"xo": (1, 9), "digits": (1, int(size or 28)), "shapes": (3, int(size or 32))}[kind]
    assert (template.image[0], template.image[1]) == drawn


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_can_be_made_for_other_image_shapes(name: str) -> None:
    graph = new_project(name, (3, 96, 80), 7).graph
    assert check(graph, DataSpec((3, 96, 80), 7)).ok


@pytest.mark.parametrize(("name", "parameters"), [("alexnet", 61_100_840), ("vgg16", 138_357_544)])
def test_one_fix_sets_a_thousand_classes_to_ten(name: str, parameters: int) -> None:
    graph = new_project(name).graph
    assert check(graph).parameters == parameters
    shapes = DataSpec((3, 224, 224), 10)
    (problem,) = check(graph, shapes).problems
    (fix,) = problem.fixes
    assert fix.title == "Set fc3 to 10 outputs"
    fixed = check(fix.graph, shapes)
    assert fixed.ok
    assert fixed.parameters == parameters - 990 * 4097


def test_lenet5_has_the_size_of_the_paper() -> None:
    layers = check(new_project("lenet5").graph)
    assert layers.parameters == 61_706
    assert [layers.shape(key) for key in ("conv1", "pool1", "conv2", "pool2")] == [
        (6, 28, 28),
        (6, 14, 14),
        (16, 10, 10),
        (16, 5, 5),
    ]


def test_rohrers_network_pools_seven_pixels_to_four() -> None:
    assert check(new_project("xo").graph).shape("pool1") == (3, 4, 4)


def test_the_error_for_an_unknown_template_lists_the_templates() -> None:
    with pytest.raises(TemplateError, match=r"Choose one of xo, .*lenet5"):
        new_project("resnet1001")
