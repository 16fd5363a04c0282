"""A new project's network, and new layers, are fitted to the data."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from cnnstudio.graph import Graph
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio
from cnnstudio.project import new_project
from tests.gui.conftest import wait_until_ready

LONG = 20_000  # milliseconds


@pytest.fixture
def messages(studio: Studio) -> list[str]:
    """What the window says."""
    found: list[str] = []
    studio.message.connect(lambda kind, text: found.append(text))
    return found


def test_a_new_project_is_fitted_as_one_undo_step(studio: Studio, messages: list[str], qtbot: QtBot) -> None:
    project = new_project("lenet5", classes=1000)
    studio.new(project)
    qtbot.waitUntil(lambda: studio.data.dataset is not None, timeout=LONG)
    assert studio.session.graph == new_project("lenet5").graph
    assert messages == ["Adjusted to match the dataset: fc3 has 10 outputs. Undo reverts this."]
    assert studio.session.history.undoText() == "Match the dataset"
    assert not studio.changed
    wait_until_ready(qtbot, studio)
    studio.session.history.undo()
    assert studio.session.graph == project.graph
    assert not studio.session.history.canUndo()


def test_data_that_is_read_already_is_used_at_once(studio: Studio, messages: list[str], qtbot: QtBot) -> None:
    wait_until_ready(qtbot, studio)
    studio.new(new_project("xo", (1, 12, 12), 5))
    assert studio.session.graph == new_project("xo").graph
    (message,) = messages
    assert "input takes 1 × 9 × 9, fc1 has 2 outputs" in message


def test_a_network_that_fits_is_unchanged(studio: Studio, messages: list[str], qtbot: QtBot) -> None:
    studio.new(new_project("lenet5"))
    wait_until_ready(qtbot, studio)
    assert not studio.session.history.canUndo()
    assert not messages


def test_a_network_that_was_edited_meanwhile_stays(studio: Studio, messages: list[str], qtbot: QtBot) -> None:
    studio.new(new_project("lenet5", classes=1000))
    editing.rename(studio.session, "fc3", "scores")
    qtbot.waitUntil(lambda: studio.data.dataset is not None, timeout=LONG)
    assert studio.session.graph.nodes["fc3"].layer.units == 1000
    assert not messages


def test_layers_on_an_empty_canvas_take_their_sizes_from_the_data(studio: Studio, qtbot: QtBot) -> None:
    studio.new(new_project("lenet5"))
    wait_until_ready(qtbot, studio)
    studio.session.edit_graph("Clear", Graph())
    first, *_, last = [editing.add_layer(studio.session, kind) for kind in ("input", "flatten", "dense", "output")]
    assert not studio.session.report.problems
    assert studio.session.report.shape(first) == (1, 28, 28)
    assert studio.session.report.shape(last) == (10,)
