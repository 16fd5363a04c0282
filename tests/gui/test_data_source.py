"""Choosing other data again and again: one thread reads, and the newest choice is shown."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from cnnstudio.data import Dataset, DatasetName
from cnnstudio.gui.window.main_window import MainWindow
from tests.gui.conftest import READY
from tests.gui.window_user import WindowUser

CHANGES = 30


def readers() -> int:
    """How many threads read data or do other work of the window."""
    return sum(thread.name == "background task" for thread in threading.enumerate())


@pytest.fixture
def user(open_window: Callable[..., MainWindow], qtbot: QtBot) -> WindowUser:
    return WindowUser(open_window(), qtbot)


def change_quickly(user: WindowUser) -> int:
    """Choose thirty datasets, one right after another; returns the largest number of threads at once."""
    before, most = readers(), 0
    for count in range(CHANGES):
        user.studio.choose_data(DatasetName(("digits", "shapes")[count % 2], str(16 + count)))
        user.qtbot.wait(1)
        most = max(most, readers() - before)
    return most


def test_one_thread_reads_and_the_newest_choice_wins(user: WindowUser) -> None:
    seen: list[tuple[int, ...]] = []

    def look(dataset: Dataset | None) -> None:
        if dataset is not None:
            seen.append(dataset.shape)

    user.studio.data.dataset_changed.connect(look)
    assert change_quickly(user) <= 3, "one reads, one may build the network, one estimate what training takes"
    user.studio.choose_data(DatasetName("digits", "20"))
    user.qtbot.waitUntil(lambda: not user.studio.data.reading, timeout=READY)
    assert seen == [(1, 20, 20)]
    assert user.studio.data.dataset is not None
    assert user.studio.data.dataset.shape == (1, 20, 20)


def test_no_thread_is_left_when_the_window_closes_meanwhile(user: WindowUser) -> None:
    change_quickly(user)
    user.studio.new(user.studio.session.project)  # nothing in it is worth a question
    assert user.studio.data.reading
    user.window.close()
    assert not user.window.isVisible()
    assert readers() == 0
