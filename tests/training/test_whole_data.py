"""Whole data sets are learned as well as they should be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cnnstudio.data import Dataset, open_dataset
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.project import new_project
from cnnstudio.training.metrics import evaluate
from cnnstudio.training.settings import TrainingChoice
from cnnstudio.training.trainer import train
from tests.training.small_runs import play

CHECKOUT = Path(__file__).resolve().parents[2]


def accuracy_of(template: str, dataset: Dataset, epochs: int) -> float:
    """Train the template with its own choices for so many epochs; the share of test images it then gets right."""
    project = new_project(template)
    chosen = project.training
    settings = chosen.settings.with_params(epochs=epochs)
    network = Network.for_project(project.graph, dataset.spec, {}, settings.seed)
    play(train(network, dataset, TrainingChoice(chosen.optimizer, chosen.schedule, settings)))
    with NumpyEngine().load(network.program, network.weights) as execution:
        accuracy = evaluate(execution, dataset, "test").accuracy
    assert accuracy is not None
    return accuracy


@pytest.mark.slow
def test_lenet5_learns_mnist_in_three_epochs(mnist: Path) -> None:
    assert accuracy_of("lenet5", open_dataset(f"mnist:{mnist}"), 3) >= 0.985


@pytest.mark.slow
def test_the_command_line_learns_mnist_in_three_epochs(mnist: Path, tmp_path: Path) -> None:
    def command(*arguments: str) -> list[str]:
        whole = [sys.executable, "-m", "cnnstudio", *arguments]
        done = subprocess.run(whole, cwd=CHECKOUT, capture_output=True, text=True, timeout=280)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    file, data = str(tmp_path / "l.cnn"), f"mnist:{mnist}"
    command("new", "lenet5", "-o", file)
    lines = [json.loads(line) for line in command("train", file, "--data", data, "--epochs", "3", "--json")]
    assert [line["epoch"] for line in lines if line["event"] == "epoch"] == [1, 2, 3]
    evaluated = json.loads(command("evaluate", file, "--data", data, "--json")[0])
    assert evaluated["samples"] == 10_000
    assert evaluated["accuracy"] >= 0.985


@pytest.mark.slow
@pytest.mark.parametrize(("template", "epochs", "least"), [("lenet5", 3, 0.95), ("vgg-small", 8, 0.85)])
def test_generated_images_can_be_learned(template: str, epochs: int, least: float) -> None:
    assert accuracy_of(template, open_dataset(new_project(template).data.source), epochs) >= least
