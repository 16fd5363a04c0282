"""Early stopping and the best weights on the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from cnnstudio.project import load, save
from tests.cli.conftest import Run


@pytest.fixture
def past_its_best(do: Run, xo_file: Path) -> Path:
    """A project whose last weights are worse than its best ones: they were turned to their negatives."""
    do("train", xo_file, "--data", "xo", "--epochs", 4, "--batch", 50)
    do("train", xo_file, "--data", "xo", "--batch", 50, "--steps", 1)
    saved = load(xo_file)
    spoiled = {key: -array for key, array in saved.arrays.items()}
    save(xo_file, saved.project, spoiled, saved.checkpoint)
    return xo_file


def test_evaluate_uses_the_best_weights_where_asked_to(do: Run, past_its_best: Path) -> None:
    saved = load(past_its_best)
    assert saved.checkpoint is not None
    assert saved.checkpoint.best is not None
    options = ("--data", "xo", "--split", "validation", "--json")
    best = do("evaluate", past_its_best, *options, "--weights", "best").json["loss"]
    last = do("evaluate", past_its_best, *options).json["loss"]
    assert best == pytest.approx(saved.checkpoint.best.loss)
    assert last == do("evaluate", past_its_best, *options, "--weights", "last").json["loss"] > best


def test_export_and_predict_use_them_too(do: Run, past_its_best: Path, tmp_path: Path) -> None:
    best = load(past_its_best).checkpoint.best  # type: ignore[union-attr]
    do("export", past_its_best, "--to", "safetensors", "--weights", "best", "-o", "w.safetensors")
    written = list(load_file(tmp_path / "w.safetensors").values())
    assert best is not None
    for array in best.arrays.values():
        assert any(array.shape == other.shape and np.array_equal(array, other) for other in written)
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(5, 1, 9, 9)).astype(np.float32))
    for weights in ("best", "last"):
        do("predict", past_its_best, "--input", "x.npy", "--output", f"{weights}.npy", "--weights", weights)
    assert not np.array_equal(np.load(tmp_path / "best.npy"), np.load(tmp_path / "last.npy"))


@pytest.mark.parametrize(
    "command",
    [("evaluate", "--data", "xo"), ("export", "--to", "safetensors", "-o", "w.safetensors")],
    ids=lambda command: command[0],
)
def test_without_best_weights_one_sentence_says_so(run: Run, xo_file: Path, command: tuple[str, ...]) -> None:
    name, *options = command
    completed = run(name, xo_file, *options, "--weights", "best")
    assert completed.code == 1
    assert "The project has no best weights" in completed.err
    assert completed.err.count("\n") == 1


def test_patience_alone_watches_the_validation_loss_and_ends_without_an_error(do: Run, xo_file: Path) -> None:
    done = do(
        "train", xo_file, "--data", "xo", "--epochs", 200, "--batch", 50, "--patience", 1, "--json", "--rate", 0.05
    ).lines[-1]
    assert done["reason"] == "stopped_early"
    assert done["epoch"] < 200
    settings = load(xo_file).project.training.settings
    assert (settings.stop_early, settings.patience) == ("loss", 1)
