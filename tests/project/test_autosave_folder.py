"""Copies of unsaved work: who can read them, and which one is found after a crash."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
import pytest

from cnnstudio.project import load, new_project, save
from cnnstudio.project.autosave_folder import AutosaveFolder

ENDED = "0"  # the process id that no writer of copies has


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "autosaves"


@pytest.fixture
def keep(folder: Path) -> Callable[..., Path]:
    """Puts a copy into the folder that a process with this id has written at this time."""

    def keep(template: str, time: float, process: str = ENDED, name: str = "") -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"autosave-{time:.0f}-{process}.cnn"
        save(path, new_project(template))
        if name:
            path.with_suffix(".name").write_text(name)
        os.utime(path, (time, time))
        return path

    return keep


def write(copies: AutosaveFolder, name: str = "mine.cnn") -> None:
    copies.write(name, partial(save, copies.path, new_project("xo")))


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_only_the_user_can_read_copies(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o755)
    write(AutosaveFolder(folder))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert len(list(folder.iterdir())) == 2


def test_nothing_is_left_after_removal(folder: Path) -> None:
    copies = AutosaveFolder(folder)
    copies.remove()
    write(copies)
    copies.remove()
    assert list(folder.iterdir()) == []


def test_the_newest_copy_is_found_with_its_name_and_time(folder: Path, keep: Callable[..., Path]) -> None:
    keep("xo", 1000.0)
    newest = keep("lenet5", 2000.0, name="digits.cnn")
    found = AutosaveFolder(folder).newest_readable()
    assert found is not None
    assert (found.path, found.name, found.time) == (newest, "digits.cnn", 2000.0)
    found.remove()
    older = AutosaveFolder(folder).newest_readable()
    assert older is not None
    assert older.name == "X or O"
    assert not newest.with_suffix(".name").exists()


def test_damaged_copies_are_set_aside(folder: Path, keep: Callable[..., Path]) -> None:
    sound = keep("xo", 1000.0)
    for time, contents in ((2000.0, b""), (3000.0, b"damaged"), (4000.0, sound.read_bytes()[:-40])):
        path = keep("lenet5", time)
        path.write_bytes(contents)
        os.utime(path, (time, time))
    found = AutosaveFolder(folder).newest_readable()
    assert found is not None
    assert found.path == sound
    assert len(list(folder.glob("damaged-*.cnn"))) == 3
    found.remove()
    assert AutosaveFolder(folder).newest_readable() is None


def test_the_copy_of_a_running_process_is_left_to_it(folder: Path, keep: Callable[..., Path]) -> None:
    began = psutil.Process(os.getppid()).create_time()
    keep("xo", began + 60.0, str(os.getppid()))
    write(AutosaveFolder(folder))
    assert AutosaveFolder(folder).newest_readable() is None
    reused = keep("xo", began - 60.0, str(os.getppid()))  # the process id belongs to another process now
    found = AutosaveFolder(folder).newest_readable()
    assert found is not None
    assert found.path == reused


@pytest.mark.parametrize("kind", ["missing", "a file", "below a file"])
def test_a_folder_that_cannot_be_reached_holds_nothing(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "file"
    if kind != "missing":
        file.write_text("no folder")
    copies = AutosaveFolder(file if kind == "a file" else file / "below")
    assert copies.newest_readable() is None
    copies.remove()
    if kind != "missing":
        with pytest.raises(OSError, match=r"exists|directory"):
            write(copies)


def test_odd_names_are_read_as_far_as_possible(folder: Path, keep: Callable[..., Path]) -> None:
    copies = AutosaveFolder(folder)
    write(copies, "half \ud800 of a character")
    keep("xo", 1000.0).with_suffix(".name").write_bytes(b"\xff" * 5000)
    found = AutosaveFolder(folder).newest_readable()
    assert found is not None
    assert found.name.startswith("\ufffd")
    assert load(copies.path).project == new_project("xo")
