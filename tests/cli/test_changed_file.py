"""A project that someone else changes while it is trained: neither their work nor the training is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cnnstudio.cli import result_file
from cnnstudio.project import load, new_project, save
from tests.cli.conftest import Refused, Run


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Do something once, just before the training saves for the first time."""

    def meanwhile(act: Callable[[], object]) -> None:
        todo = [act]

        def first_act(*what: object, **options: object) -> str:
            if todo:
                todo.pop()()
            return save(*what, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(result_file, "save", first_act)

    return meanwhile


def test_both_results_are_kept(
    refused: Refused, xo_file: Path, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    theirs = new_project("lenet5")
    meanwhile(lambda: save(xo_file, theirs))
    message = refused("train", xo_file, "--data", "xo", "--steps", 5)
    assert "xo.cnn was changed by another program; the trained network is saved as" in message
    assert load(xo_file).project == theirs
    trained = load(xo_file.with_name("xo-trained-1.cnn"))
    assert trained.checkpoint is not None
    assert trained.checkpoint.step == 5


def test_a_file_that_was_only_touched_is_replaced(
    do: Run, xo_file: Path, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    meanwhile(xo_file.touch)
    do("train", xo_file, "--data", "xo", "--epochs", 2)
    assert load(xo_file).checkpoint is not None
    assert [path.name for path in xo_file.parent.iterdir()] == ["xo.cnn"]


def test_a_read_only_project_is_not_replaced(refused: Refused, do: Run, xo_file: Path) -> None:
    xo_file.chmod(0o444)
    assert "it is read-only" in refused("train", xo_file, "--data", "xo", "--steps", 1)
    do("train", xo_file, "--data", "xo", "--steps", 1, "-o", "other.cnn")
    assert load(xo_file).checkpoint is None
