"""A new user's first five minutes: train, watch, edit the network, train again, save and export."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QLabel, QListWidget, QTabBar
from pytestqt.qtbot import QtBot

from cnnstudio.array import Array
from cnnstudio.graph import Edge
from cnnstudio.gui.window.main_window import MainWindow
from tests.gui.canvas.canvas_user import CanvasUser
from tests.gui.window_user import LEFT, WindowUser, path_typed
from tests.networks import nodes_of_kind

pytestmark = [
    pytest.mark.qt_log_level_fail("WARNING"),
    pytest.mark.qt_log_ignore("This plugin does not support"),  # without a screen
]

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
UNSEEN = 0.95  # of the test images that are to be named right


class Newcomer(WindowUser):
    """A new user, who also checks what the window shows."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        super().__init__(window, qtbot)
        self.canvas_user = CanvasUser(window.canvas)

    def maps_of(self, node_id: str) -> QImage:
        """A node's preview as painted."""
        item = self.window.canvas.graph_scene.nodes[node_id]
        rect: QRectF = item.layout.preview.translated(item.pos())
        return self.window.canvas.grab(self.window.canvas.mapFromScene(rect).boundingRect()).toImage()

    def legend(self, metric: str) -> str:
        """The values in a curve's legend; empty before there are any."""
        label = self.window.findChild(QLabel, f"{metric}_legend")
        return label.accessibleName() if label is not None and label.isVisible() else ""

    def open_tab(self, title: str) -> None:
        """Click a tab between the docks."""
        bars = self.window.findChildren(QTabBar)
        bar = next(b for b in bars if b.isVisible() and title in [b.tabText(i) for i in range(b.count())])
        index = next(i for i in range(bar.count()) if bar.tabText(i) == title)
        QTest.mouseClick(bar, LEFT, Qt.KeyboardModifier.NoModifier, bar.tabRect(index).center())

    def share_right(self, *, ask: bool = False) -> float:
        """The test accuracy in the Confusion panel after the last step; starts the evaluation if needed."""
        self.open_tab("Confusion")
        if ask:
            self.click("confusion_begin")
        runs = self.studio.run.records
        ending = f"after step {runs[-1].last.step}" if runs else ""
        said = r"([\d.]+)% of 500 test images correct · .*" + ending
        self.qtbot.waitUntil(lambda: re.match(said, self.text("confusion_summary")) is not None, timeout=10_000)
        self.qtbot.waitUntil(lambda: not self.studio.evaluator.busy)
        return float(self.text("confusion_summary").partition("%")[0]) / 100.0

    def double_click_layer(self, title: str) -> None:
        """Double-click a layer in the palette."""
        layers = self.window.findChild(QListWidget, "palette_list")
        item = layers.findItems(title, Qt.MatchFlag.MatchExactly)[0]
        layers.scrollToItem(item)
        place: QPoint = layers.visualItemRect(item).center()
        QTest.mouseClick(layers.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, place)
        QTest.mouseDClick(layers.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, place)

    def type_number(self, name: str, number: int) -> None:
        """Type a number into the inspector."""
        boxes = self.window.findChildren(QAbstractSpinBox, name)
        box = next(box for box in boxes if box.isVisible())
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, str(number))
        QTest.keyClick(box, Key.Key_Return)

    def can_train(self) -> bool:
        """Whether the Train button can be clicked."""
        return self.button("train_button").isEnabled()

    def the(self, kind: str) -> str:
        """The only node of this kind."""
        (node,) = nodes_of_kind(self.studio.session.graph, kind)
        return node.id


def onnx_outputs(file: Path, images: Array) -> Array:
    """The outputs of onnxruntime for a file."""
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    found: Array = session.run(None, {session.get_inputs()[0].name: images})[0]
    return found


def watch_it_learn(me: Newcomer) -> None:
    """Click Train and check that curves and feature maps change."""
    before = me.maps_of("relu1")
    me.click("train_button")
    assert me.button("train_button").text() == "Pause"
    me.qtbot.waitUntil(lambda: me.text("status_state") == "● Training")
    me.qtbot.waitUntil(lambda: re.match("Epoch [2-9] of 10", me.progress[1]) is not None, timeout=10_000)
    assert 0.0 < me.progress[0] < 1.0
    assert re.search(r"batch \d+/75 · .* images/s · 0:0\d left", me.progress[1])
    me.qtbot.waitUntil(lambda: me.legend("loss").startswith("train "))
    early, moving = me.legend("loss"), me.maps_of("relu1")
    me.qtbot.waitUntil(lambda: "validation" in me.legend("accuracy"))
    assert moving != before
    me.qtbot.waitUntil(lambda: me.progress[1].startswith("Done"), timeout=20_000)
    assert me.progress[0] == 1.0
    me.qtbot.waitUntil(lambda: me.button("train_button").text() == "Train")
    me.qtbot.waitUntil(lambda: me.legend("loss") != early)
    assert me.share_right() > UNSEEN
    me.ready()
    probe = me.studio.live.network.activations(me.studio.data.probe.scaled)
    shown = me.studio.live.maps.arrays
    assert all(np.array_equal(shown[key], probe[key][0]) for key in shown), "the maps are not those of the end"


def change_the_network(me: Newcomer) -> None:
    """Add layers by double-click and by drag, remove and draw a connection, edit a number; undo and redo."""
    canvas_user, canvas = me.canvas_user, me.window.canvas.graph_scene
    canvas_user.click(canvas_user.node("pool1"))
    me.double_click_layer("Dropout")
    dropout = me.the("dropout")
    assert {Edge("pool1", dropout), Edge(dropout, "flatten")} <= canvas.edges.keys()
    canvas_user.drop("convolution", canvas.edges[Edge("relu1", "pool1")].middle())
    (conv2,) = {node.id for node in nodes_of_kind(me.studio.session.graph, "convolution")} - {"conv1"}
    assert {Edge("relu1", conv2), Edge(conv2, "pool1")} <= canvas.edges.keys()
    canvas_user.click(canvas_user.node("conv1"))
    me.type_number("filters", 6)
    assert canvas.nodes["conv1"].summary.shape == (6, 7, 7)
    canvas_user.click(canvas.edges[Edge(conv2, "pool1")].middle())
    canvas_user.key(Key.Key_Delete)
    assert not me.can_train()
    canvas_user.drag(canvas_user.output(conv2), canvas_user.input("pool1"))
    assert me.can_train()
    for _ in range(2):
        me.key(Key.Key_Z, CONTROL)
    assert me.can_train()
    me.key(Key.Key_Z, CONTROL)
    assert canvas.nodes["conv1"].summary.shape == (3, 7, 7)
    for _ in range(3):
        me.key(Key.Key_Y, CONTROL)
    assert canvas.nodes["conv1"].summary.shape == (6, 7, 7)
    assert Edge(conv2, "pool1") in canvas.edges
    me.ready()


def test_from_the_start_to_an_exported_network(
    open_window: Callable[..., MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    me = Newcomer(open_window(), qtbot)
    me.studio.run.set_watchable(True)  # as the program is when it starts
    assert me.window.windowTitle() == "X or O[*] - CNN Studio"
    assert me.progress[1].startswith("Ready to train.")
    assert [me.legend("loss"), me.legend("accuracy")] == ["", ""]
    watch_it_learn(me)
    change_the_network(me)
    me.choose("Train", "Slow enough to watch")
    me.train()
    right = me.share_right()
    assert right > UNSEEN

    with me.answering(path_typed(tmp_path / "mine.cnn")):
        me.key(Key.Key_S, CONTROL)
    with me.answering(path_typed(tmp_path / "mine.onnx")):
        me.choose("Export", "ONNX network…")
    qtbot.waitUntil(lambda: me.message.startswith("Exported"), timeout=20_000)
    images, _ = me.studio.data.dataset.take(np.arange(100))
    ours = me.studio.live.network.predict(images)
    me.close()
    assert not me.window.isVisible()

    again = Newcomer(open_window(), qtbot)
    with again.answering(path_typed(tmp_path / "mine.cnn")):
        again.key(Key.Key_O, CONTROL)
    again.ready()
    assert again.window.windowTitle() == "mine.cnn[*] - CNN Studio"
    assert np.array_equal(again.studio.live.network.predict(images), ours)
    assert again.share_right(ask=True) == right
    assert np.abs(onnx_outputs(tmp_path / "mine.onnx", images) - ours).max() < 1e-4
