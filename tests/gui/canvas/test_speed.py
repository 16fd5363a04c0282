"""The speed of the canvas, in time on the GUI thread: edits of large graphs and arriving feature maps."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnstudio.graph import Edge, Graph, arrange
from cnnstudio.graph.edit import add
from cnnstudio.gui.canvas.view import CanvasView
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.pooling import GlobalAveragePoolingLayer
from cnnstudio.project import new_project

FRAME, MAPS = 0.016, 0.010  # seconds
ROUNDS = 15

pytestmark = pytest.mark.slow


def long_chain(count: int) -> Graph:
    """A chain of this many nodes, an even number: convolutions and activations between Input and Output."""
    middle: list[Layer] = [ConvolutionLayer(filters=8, padding="same"), ReLULayer()] * (count // 2 - 2)
    graph, last = Graph(), ""
    for layer in (InputLayer(), *middle, GlobalAveragePoolingLayer(), DenseLayer(), OutputLayer()):
        graph, new = add(graph, layer)
        graph = graph.with_edge(Edge(last, new)) if last else graph
        last = new
    return arrange(graph)


def least_time(act: Callable[[int], object]) -> float:
    """Seconds of thread time of the fastest of several rounds, painting included."""
    times = []
    for number in range(ROUNDS):
        start = time.thread_time()
        act(number)
        QApplication.sendPostedEvents()
        QApplication.processEvents()
        times.append(time.thread_time() - start)
    return min(times)


def test_an_edit_of_200_nodes_takes_less_than_a_frame(
    studio: Studio, show: Callable[[Studio], CanvasView], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studio.live, "refresh", lambda: None)  # the network is built on another thread
    session = studio.session
    session.edit_graph("Draw", long_chain(200))
    assert len(session.graph.nodes) == 200
    show(studio)
    qtbot.wait(50)
    layer = session.graph.nodes["conv50"].layer
    x, y = session.graph.nodes["conv50"].position

    def refilter(number: int) -> None:
        editing.change_layer(session, "conv50", layer.with_params(filters=9 + number), f"filters {number}")

    assert least_time(refilter) < FRAME
    assert least_time(lambda number: editing.rename(session, "conv50", f"c{number}")) < FRAME
    assert least_time(lambda number: editing.move(session, {"conv50": (x + 8.0 * number, y + 8.0)})) < FRAME


@pytest.mark.parametrize("template", ["xo", "lenet5"])
def test_new_maps_are_painted_at_once(
    studio: Studio, show: Callable[[Studio], CanvasView], qtbot: QtBot, template: str
) -> None:
    studio.session.edit("Open", new_project(template))
    qtbot.waitUntil(lambda: set(studio.live.maps.arrays) == set(studio.session.graph.nodes), timeout=20_000)
    show(studio)
    qtbot.wait(200)

    def arrive(number: int) -> None:
        time.sleep(0.12)  # they are shown ten times a second
        studio.live.maps_changed.emit(studio.live.maps)

    assert least_time(arrive) < MAPS
