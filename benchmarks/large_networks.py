"""Measure what edits of a network of many layers take in the window, and how soon a long chain is ready."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from types import MappingProxyType

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt, QTimer
from window_process import open_window

from cnnstudio.engine.device_selection import reference_engine
from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.network import Network
from cnnstudio.graph import Edge, Graph, Node, arrange, check
from cnnstudio.gui.state import clipboard, editing
from cnnstudio.layers import Layer
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.project import new_project

NODES, LONG = 300, 2000
ROUNDS = 5
CALM = 0.3  # seconds after an edit during which the gaps of the timer count
TICK = 5  # milliseconds


def main() -> None:
    """Print both tables."""
    print(f"Edits of {NODES} layers: processor time of the edit, and the longest gap of a {TICK} ms timer after it")
    for what, (edit, gap) in measure_edits(NODES).items():
        print(f"  {what:14} {edit * 1e3:7.1f} ms {gap * 1e3:7.1f} ms")
    print(f"A chain of {LONG} layers")
    for what, seconds in measure_chain(LONG).items():
        print(f"  {what:34} {seconds:6.2f} s")
    os._exit(0)  # without waiting for threads


def chain(count: int) -> Graph:
    """A classifier of X or O that is a chain of so many layers."""
    middle: list[Layer] = [ConvolutionLayer(filters=2, padding="same"), ReLULayer()] * ((count - 4) // 2)
    layers = [InputLayer(shape=(1, 9, 9)), *middle, FlattenLayer(), DenseLayer(units=2), OutputLayer()]
    nodes = {f"n{number}": Node(f"n{number}", layer, f"n{number}") for number, layer in enumerate(layers)}
    return arrange(Graph(MappingProxyType(nodes), frozenset(Edge(*ends) for ends in pairwise(nodes))))


def measure_edits(count: int) -> dict[str, tuple[float, float]]:
    """Medians of the processor time of each kind of edit, and of the longest gap after it, in seconds."""
    main_window, until = open_window()
    studio = main_window.studio
    main_window.resize(1600, 1000)
    studio.new(new_project("xo").with_graph(chain(count)))
    session = studio.session
    until(lambda: studio.live.current)
    middle = f"n{count // 2 | 1}"
    node, edge = session.graph.nodes[middle], session.graph.outputs(middle)[0]
    x, y = node.position
    edits: dict[str, Callable[[], object]] = {
        "add": lambda: editing.add_layer(session, "relu"),
        "delete": lambda: editing.delete_selection(session),
        "undo": session.history.undo,
        "redo": session.history.redo,
        "move": lambda: editing.move(session, {middle: (x + 40.0, y + 30.0)}),
        "parameter": lambda: editing.change_layer(session, middle, node.layer.with_params(filters=3), "filters"),
        "disconnect": lambda: editing.disconnect(session, edge),
        "connect": lambda: editing.connect(session, edge.source, edge.target),
        "delete all": lambda: editing.delete_selection(session),
        "undo delete": session.history.undo,
        "paste all": lambda: clipboard.paste(session),
    }
    found: dict[str, list[tuple[float, float]]] = {}
    for _ in range(ROUNDS):
        for what, edit in edits.items():
            if what == "add":
                session.select([middle])
            if what == "delete all":
                editing.select_all(session)
                clipboard.copy_selection(session)
            found.setdefault(what, []).append(measure(edit, until))
            until(lambda: not studio.live.computing)
        while session.history.canUndo():
            session.history.undo()
        until(lambda: not studio.live.computing)
    studio.close()
    return {
        what: (statistics.median(edit for edit, _ in times), statistics.median(gap for _, gap in times))
        for what, times in found.items()
    }


def measure(edit: Callable[[], object], until: Callable[[Callable[[], bool]], None]) -> tuple[float, float]:
    """Processor time of the edit, and the longest gap between two ticks after it, in seconds."""
    timer, ticks = QTimer(timerType=Qt.TimerType.PreciseTimer), [0.0]
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    timer.start(TICK)
    begin = time.thread_time()
    edit()
    spent = time.thread_time() - begin
    ticks[0] = end = time.perf_counter()
    until(lambda: time.perf_counter() - end > CALM)
    timer.stop()
    return spent, max(after - before for before, after in pairwise(ticks))


def measure_chain(count: int) -> dict[str, float]:
    """Seconds of each thing that has to be done before a long chain is trained."""
    graph, times, made = chain(count), dict[str, float](), list[Network]()
    options, engine = TrainingOptions(new_project("xo").training.optimizer), reference_engine()
    steps: dict[str, Callable[[], object]] = {
        "arrange": lambda: arrange(graph),
        "check": lambda: check(graph),
        "compile and initialize": lambda: made.append(Network.create(graph)),
        "plan the memory of training": lambda: engine.memory_needed(made[0].program, made[0].weights, 16, options),
    }
    for what, step in steps.items():
        begin = time.perf_counter()
        step()
        times[what] = time.perf_counter() - begin
    return times


if __name__ == "__main__":
    main()
