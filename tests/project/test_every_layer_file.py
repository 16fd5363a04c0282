"""A project with every layer and every key, saved by the first version of the program, still opens and means the same.

`golden/every-layer.cnn` was trained for 12 steps; the numbers below were computed by the program that saved it.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnstudio.data import open_dataset
from cnnstudio.engine.network import Network
from cnnstudio.graph import check
from cnnstudio.project import SavedProject, load
from cnnstudio.training.events import BatchDone
from cnnstudio.training.trainer import train

FILE = Path(__file__).parent / "golden" / "every-layer.cnn"
ACCURACY, TRUE_CLASS = 0.488, 0.4930704960525036  # on the test images
LOSSES = [0.8790943908691407, 0.7949344928448017, 0.5562241032438459]  # of steps 13 to 15


@pytest.fixture
def saved() -> SavedProject:
    return load(FILE)


@pytest.fixture
def written() -> dict[str, Any]:
    """The JSON as the first version wrote it."""
    with zipfile.ZipFile(FILE) as archive:
        data: dict[str, Any] = json.loads(archive.read("project.json"))
    return data


def test_every_parameter_of_every_layer_is_kept(saved: SavedProject, written: dict[str, Any]) -> None:
    nodes = saved.project.graph.nodes
    assert len(nodes) == len(written["graph"]["nodes"])
    for old in written["graph"]["nodes"]:
        node = nodes[old["id"]]
        assert (node.name, list(node.position)) == (old["name"], old["position"])
        new = node.layer.to_dict()
        assert {key: new.get(key) for key in old["layer"]} == old["layer"]
        assert not node.unknown
    assert sorted([edge.source, edge.target, edge.port] for edge in saved.project.graph.edges) == sorted(
        written["graph"]["edges"]
    )
    assert check(saved.project.graph).ok


def test_data_and_training_settings_are_kept(saved: SavedProject, written: dict[str, Any]) -> None:
    data, training = saved.project.data.to_dict(), saved.project.training.to_dict()
    assert saved.project.title == "Every layer"
    assert {key: data.get(key) for key in written["data"]} == written["data"]
    training = json.loads(json.dumps(training))
    for key in ("stop_early", "patience"):  # settings that the file is too old for
        del training["settings"][key]
    assert training == written["training"]
    assert not saved.project.unknown


def test_its_network_predicts_as_before(saved: SavedProject) -> None:
    dataset = open_dataset(saved.project.data.source, seed=3)
    network = Network.for_project(saved.project.graph, dataset.spec, saved.arrays)
    images, labels = dataset.take(dataset.splits["test"])
    probabilities = network.predict(images)
    assert (probabilities.argmax(axis=1) == labels).mean() == ACCURACY
    assert probabilities[np.arange(len(labels)), labels].mean(dtype=np.float64) == pytest.approx(TRUE_CLASS, abs=1e-6)


def test_its_run_continues_from_its_checkpoint(saved: SavedProject) -> None:
    checkpoint = saved.checkpoint
    assert checkpoint is not None
    assert (checkpoint.step, checkpoint.optimizer, set(checkpoint.slots)) == (12, "adamw", {"mean", "squares"})
    dataset = open_dataset(saved.project.data.source, seed=3)
    network = Network.for_project(saved.project.graph, dataset.spec, saved.arrays)
    run = train(network, dataset, saved.project.training, checkpoint=checkpoint, steps=3)
    losses = [event.loss for event in run if isinstance(event, BatchDone)]
    np.testing.assert_allclose(losses, LOSSES, rtol=1e-4)
