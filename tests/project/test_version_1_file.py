"""Files that earlier versions wrote open for ever, and mean what they meant.

`version-1.cnn` is the X-or-O template after 100 steps of its own training with seed 0.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnstudio.data import open_dataset
from cnnstudio.engine.network import Network
from cnnstudio.operations.optimizer import Adam
from cnnstudio.project import SavedProject, load, save
from cnnstudio.training.events import RunDone
from cnnstudio.training.schedule import Cosine
from cnnstudio.training.trainer import train

FILE = Path(__file__).parent / "golden" / "version-1.cnn"


@pytest.fixture
def saved() -> SavedProject:
    return load(FILE)


def x_and_o() -> np.ndarray:
    """A plain X and a plain O, 9 × 9, of -1 and 1."""
    images = np.full((2, 1, 9, 9), -1.0, np.float32)
    for place in range(9):
        images[0, 0, place, place] = images[0, 0, place, 8 - place] = 1.0
    images[1, 0, [1, 7], 2:7] = 1.0
    images[1, 0, 2:7, [1, 7]] = 1.0
    return images


def test_the_project_is_loaded_unchanged(saved: SavedProject) -> None:
    project = saved.project
    assert project.title == "X or O"
    kinds = [node.layer.kind for node in project.graph.nodes.values()]
    assert kinds == ["input", "convolution", "relu", "max_pooling", "flatten", "dense", "output"]
    assert project.graph.order() == ("input", "conv1", "relu1", "pool1", "flatten", "fc1", "output")
    assert (str(project.data.source), project.data.class_names, project.data.limits) == ("xo", ("X", "O"), (-1.0, 1.0))
    assert project.training.optimizer == Adam(rate=0.005)
    assert project.training.schedule == Cosine()
    assert (project.training.settings.epochs, project.training.settings.batch_size) == (10, 16)


def test_the_network_predicts_as_before(saved: SavedProject) -> None:
    network = Network.for_project(saved.project.graph, None, saved.arrays)
    scores = network.predict(x_and_o())
    np.testing.assert_allclose(scores, [[0.92316264, 0.07683741], [0.16592774, 0.83407223]], atol=1e-5)


def test_its_run_continues_where_it_stopped(saved: SavedProject) -> None:
    checkpoint = saved.checkpoint
    assert checkpoint is not None
    assert (checkpoint.step, checkpoint.seen, set(checkpoint.slots)) == (100, 400, {"mean", "squares"})
    dataset = open_dataset("xo")
    network = Network.for_project(saved.project.graph, dataset.spec, saved.arrays)
    *_, done = train(network, dataset, saved.project.training, checkpoint=checkpoint)
    assert isinstance(done, RunDone)
    assert done.step == 750
    assert done.validation_accuracy is not None
    assert done.validation_accuracy > 0.9


def test_saving_it_again_keeps_everything(saved: SavedProject, tmp_path: Path) -> None:
    save(tmp_path / "again.cnn", saved.project, saved.arrays, saved.checkpoint)
    again = load(tmp_path / "again.cnn")
    assert again.project == saved.project
    assert {key: array.tobytes() for key, array in again.arrays.items()} == {
        key: array.tobytes() for key, array in saved.arrays.items()
    }
