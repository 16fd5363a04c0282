"""What training is said to take before it begins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnnstudio.engine.device_selection import reference_engine
from cnnstudio.engine.network import Network
from cnnstudio.project.architectures import lenet5, vgg16
from cnnstudio.training.estimate import TrainingEstimate, estimate, in_words
from tests.networks import few, small, xo
from tests.training.small_runs import choice, random_digits


def test_more_epochs_images_and_layers_take_longer() -> None:
    engine, dataset = reference_engine(), random_digits(64)
    network = Network.create(lenet5((1, 28, 28), 10))
    one, three = (estimate(network, dataset, choice(epochs=epochs), engine) for epochs in (1, 3))
    assert three.epoch_seconds == one.epoch_seconds == one.run_seconds
    assert three.run_seconds == pytest.approx(3 * one.run_seconds)
    assert estimate(network, few(dataset, 32), choice(epochs=1), engine).run_seconds < one.run_seconds
    assert estimate(Network.create(small()), xo(64), choice(epochs=1), engine).run_seconds < one.run_seconds
    assert one.warning() == ""


def test_a_run_of_hours_and_one_that_does_not_fit_are_warned_of() -> None:
    dataset = random_digits(8)
    image = dataset.images.repeat(8, axis=2).repeat(8, axis=3).repeat(3, axis=1)
    large = replace(dataset, images=image)
    network = Network.create(vgg16(image.shape[1:], 10))
    told = estimate(network, large, choice(epochs=100_000), reference_engine())
    assert "Training takes about" in replace(told, free=told.memory).warning()
    needs = replace(told, free=told.memory - 1)
    assert needs.warning().startswith("Training needs ")
    assert told.memory > 2e9


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.01, "0.1 s"),
        (1.4, "1.4 s"),
        (12.3, "12 s"),
        (89, "89 s"),
        (600, "10 min"),
        (7200, "2 h"),
        (2e5, "2 days"),
    ],
)
def test_durations_as_people_say_them(seconds: float, text: str) -> None:
    assert in_words(seconds) == text


def test_the_sentence_names_time_and_memory() -> None:
    told = TrainingEstimate(12.0, 36.0, 85_000_000, 10**10)
    assert told.describe() == "An epoch takes about 12 s, training needs 85 MB of memory."
