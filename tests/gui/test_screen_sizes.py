"""The window fits the screen that it opens on, and on a small one nothing is cut off."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox, QDockWidget, QScrollArea
from pytestqt.qtbot import QtBot

from cnnstudio.graph import check
from cnnstudio.gui.canvas.colors import Fonts
from cnnstudio.gui.canvas.node_layout import lay_out
from cnnstudio.gui.canvas.node_summary import NodeSummaries
from cnnstudio.gui.panels.inspector.panel import InspectorPanel
from cnnstudio.gui.state import editing
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.layers import LAYERS
from cnnstudio.project import new_project

LARGE, SMALL = (1600, 1000), (1100, 700)
BOTTOM = ("Loss", "Accuracy", "Probe")
CHOICE_FRAME = 30  # pixels of a choice box around its text
CHILD = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QToolButton
from cnnstudio.gui import app
from cnnstudio.gui.look import theme
from cnnstudio.gui.state.settings import Settings
application = QApplication([])
theme.prepare(application)
folder = Path(sys.argv[1])
window = app.make_window(Settings(QSettings(str(folder / "s.ini"), QSettings.Format.IniFormat)), folder)
window.show()
application.processEvents()
screen, frame, canvas = window.screen().availableGeometry(), window.frameGeometry(), window.canvas.viewport()
hidden = [button for button in window.findChildren(QToolButton, "qt_toolbar_ext_button") if button.isVisible()]
fits, least = screen.contains(frame), window.minimumSizeHint()
print(json.dumps([fits, canvas.width(), canvas.height(), len(hidden), least.width(), least.height()]))
window.close()
app.end(window)
"""


@pytest.fixture
def large(open_window: Callable[..., MainWindow], qtbot: QtBot) -> MainWindow:
    window = open_window()
    window.resize(*LARGE)
    return window


def side_by_side(window: MainWindow) -> bool:
    """Whether the panels at the bottom stand beside each other."""
    docks = [window.findChild(QDockWidget, f"dock_{name.lower()}") for name in BOTTOM]
    return not any(other in window.tabifiedDockWidgets(docks[0]) for other in docks[1:])


@pytest.mark.parametrize(
    ("width", "height", "ratio"), [(1366, 768, 1), (1280, 720, 1), (960, 540, 2), (1024, 600, 1), (1440, 900, 2)]
)
def test_the_first_window_fits_its_screen(width: int, height: int, ratio: int, tmp_path: Path) -> None:
    screen = {"name": "small", "x": 0, "y": 0, "width": width, "height": height, "dpr": ratio}
    (tmp_path / "screen.json").write_text(
        json.dumps({"screens": [{**screen, "logicalDpi": 96, "logicalBaseDpi": 96}]}), encoding="utf-8"
    )
    ended = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        env={**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={tmp_path / 'screen.json'}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    fits, canvas_width, canvas_height, hidden, least_width, least_height = json.loads(ended.stdout)
    assert fits
    assert canvas_width >= 300
    assert canvas_height >= 200
    assert not hidden, "the bar hides buttons"
    assert least_width <= width
    assert least_height <= height


def test_the_panels_at_the_bottom_fold_in_a_small_window_and_unfold_in_a_large_one(
    large: MainWindow, qtbot: QtBot
) -> None:
    assert side_by_side(large)
    large.findChild(QDockWidget, "dock_log").hide()
    large.resize(*SMALL)
    assert not side_by_side(large)
    qtbot.waitUntil(lambda: not large.findChild(QDockWidget, "dock_loss").visibleRegion().isEmpty())
    assert large.findChild(QDockWidget, "dock_log").isHidden()
    assert large.canvas.height() > SMALL[1] // 2
    large.resize(*LARGE)
    assert side_by_side(large)
    assert large.findChild(QDockWidget, "dock_log").isHidden()
    loss, accuracy = (large.findChild(QDockWidget, f"dock_{name}") for name in ("loss", "accuracy"))
    qtbot.waitUntil(lambda: abs(loss.width() - accuracy.width()) < 0.1 * large.width())


def test_panels_that_the_user_has_moved_stay(large: MainWindow) -> None:
    large.tabifyDockWidget(*(large.findChild(QDockWidget, f"dock_{name}") for name in ("inspector", "loss")))
    large.resize(*SMALL)
    tabs = large.tabifiedDockWidgets(large.findChild(QDockWidget, "dock_inspector"))
    assert [dock.windowTitle() for dock in tabs] == ["Loss"]


def test_the_inspector_shows_every_form_whole(large: MainWindow, qtbot: QtBot) -> None:
    large.resize(*SMALL)
    session, inspector = large.studio.session, large.findChild(InspectorPanel)
    for kind in LAYERS:
        session.select([node.id for node in session.graph.nodes.values() if node.layer.kind == kind])
        if not session.selection:
            editing.add_layer(session, kind)
        node_id = session.selection[0]
        layer = session.graph.nodes[node_id].layer
        if hasattr(layer, "padding"):
            editing.change_layer(session, node_id, layer.with_params(padding="custom"), "padding")
        qtbot.wait(1)
        (area,) = (area for area in inspector.findChildren(QScrollArea) if area.isVisible())
        assert area.widget().minimumSizeHint().width() <= area.viewport().width(), kind
        for box in inspector.findChildren(QComboBox):
            texts = [box.itemText(index) for index in range(box.count())] if box.isVisible() else []
            widest = max(map(box.fontMetrics().horizontalAdvance, texts), default=0)
            assert widest <= box.width() - CHOICE_FRAME, f"{kind}: {texts} are cut off"


@pytest.mark.parametrize("template", ["alexnet", "vgg16", "lenet5"])
@pytest.mark.usefixtures("application")
def test_titles_of_convolutions_are_whole(template: str) -> None:
    graph, summaries, fonts = new_project(template).graph, NodeSummaries(), Fonts()
    summaries.update(graph, check(graph))
    for node in graph.nodes.values():
        layout = lay_out(summaries[node.id], fonts)
        assert layout.name == node.name
        assert layout.subtitle == (f" · {summaries[node.id].subtitle}" if summaries[node.id].subtitle else "")
        assert layout.rect.contains(layout.parameters_rect)
