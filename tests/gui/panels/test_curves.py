"""The Loss and Accuracy panels: empty, plotted, read with the mouse, zoomed, saved."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetrics, QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from cnnstudio.gui.panels.curves.axis import Axis
from cnnstudio.gui.panels.curves.curve_panel import CurvePanel
from cnnstudio.gui.panels.curves.panel import AccuracyPanel, LossPanel
from cnnstudio.gui.state.studio import Studio
from cnnstudio.runs.record import RunRecord
from cnnstudio.training.events import BatchDone, Outcome, RunDone, RunStarted


def made(kind: type[CurvePanel], studio: Studio, qtbot: QtBot) -> CurvePanel:
    panel = kind(studio)
    qtbot.addWidget(panel)
    panel.resize(560, 260)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def loss(studio: Studio, qtbot: QtBot) -> CurvePanel:
    return made(LossPanel, studio, qtbot)


def legend(panel: CurvePanel) -> str:
    label = panel.findChild(QLabel, f"{panel.metric_name}_legend")
    return label.accessibleName() if label.isVisible() else ""


def plot(panel: CurvePanel) -> QWidget:
    return panel.findChild(QWidget, f"{panel.metric_name}_plot")


def add_run(studio: Studio, losses: list[float], reason: str = "finished") -> RunRecord:
    """Add a finished run."""
    history = RunRecord(f"Run {len(studio.run.records) + 1}")
    history.add(RunStarted(4, 25, 100, 0, "NumPy", ""))
    for step, value in enumerate(losses, 1):
        history.add(BatchDone(1, step, value, 0.5, 0.1, 1.0, 1.0, step / 25))
    history.add(RunDone(4, len(losses), Outcome(reason)))
    studio.run.records.append(history)
    studio.run.run_started.emit(history)
    return history


def test_an_empty_panel_has_a_train_button(loss: CurvePanel, studio: Studio, qtbot: QtBot) -> None:
    train = loss.findChild(QPushButton, "loss_train")
    assert train.isVisible()
    with qtbot.waitSignal(studio.run.finished, timeout=60_000):
        qtbot.mouseClick(train, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: legend(loss).startswith("train 0.0"))


def test_the_legend_shows_the_latest_values(
    studio: Studio, trained: Callable[[int], Studio], qtbot: QtBot, loss: CurvePanel
) -> None:
    accuracy = made(AccuracyPanel, studio, qtbot)
    trained(3)
    done = studio.run.records[-1].epochs[-1]
    qtbot.waitUntil(lambda: f"validation {accuracy.format_value(done.validation_accuracy)}" in legend(accuracy))
    qtbot.waitUntil(lambda: f"validation {loss.format_value(done.validation_loss)}" in legend(loss))
    assert legend(accuracy).startswith(("train 9", "train 100"))


def test_the_legend_shows_the_values_under_the_mouse(
    loss: CurvePanel, studio: Studio, move_mouse: Callable[..., None], qtbot: QtBot
) -> None:
    add_run(studio, np.linspace(2.0, 1.0, 100).tolist())
    qtbot.waitUntil(lambda: legend(loss) != "")
    view = plot(loss).viewport()
    middle = plot(loss).mapFromScene(plot(loss).box.sceneBoundingRect().center())
    move_mouse(view, middle)
    assert legend(loss).startswith(("epoch 2.0", "epoch 1.9"))
    assert "train 1.5" in legend(loss)
    QApplication.sendEvent(plot(loss), QEvent(QEvent.Type.Leave))
    assert legend(loss) == f"train {loss.format_value(float(np.mean(np.linspace(2.0, 1.0, 100)[-5:])))}"


def turn_wheel(view: QWidget) -> None:
    middle, none = QPointF(view.rect().center()), Qt.KeyboardModifier.NoModifier
    place = QPointF(view.mapToGlobal(view.rect().center()))
    phase = Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(middle, place, QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, none, phase, False)
    QApplication.sendEvent(view, event)


def test_the_wheel_zooms_and_a_button_resets_the_zoom(loss: CurvePanel, studio: Studio, qtbot: QtBot) -> None:
    add_run(studio, [1.0] * 100)
    qtbot.waitUntil(lambda: legend(loss) != "")
    plot(loss).grab()  # it is painted before anyone zooms
    box = plot(loss).box
    whole = box.viewRange()[0]
    reset = loss.findChild(QToolButton, "loss_reset")
    assert not reset.isEnabled()
    turn_wheel(plot(loss).viewport())
    assert box.viewRange()[0][1] < whole[1]
    zoomed = box.viewRange()[0]
    studio.run.progressed.emit(studio.run.records[-1])
    qtbot.wait(200)
    assert box.viewRange()[0] == zoomed
    qtbot.mouseClick(reset, Qt.MouseButton.LeftButton)
    assert box.viewRange()[0] == whole


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("scale", [1.0, 3e5, 4.27e12, 1e30])
def test_large_losses_are_written_so_that_they_fit(
    loss: CurvePanel, studio: Studio, qtbot: QtBot, scale: float, log: bool
) -> None:
    add_run(studio, (scale * np.linspace(2.0, 1.0, 100)).tolist())
    qtbot.waitUntil(lambda: legend(loss) != "")
    loss.findChild(QToolButton, "loss_log").setChecked(log)
    assert len(legend(loss)) <= len("train 100000.000")
    (axis,) = [item for item in plot(loss).scene().items() if isinstance(item, Axis) and item.orientation == "left"]
    plot(loss).grab()
    low, high = axis.range
    ticks = axis.tickStrings(axis.tickValues(low, high, axis.height())[0][1], 1.0, 1.0)
    assert len(set(ticks)) == len(ticks) >= 2
    room = axis.width() - axis.style["tickTextOffset"][0]
    assert max(QFontMetrics(axis.style["tickFont"]).horizontalAdvance(text) for text in ticks) <= room


def test_a_logarithmic_scale_resolves_small_losses(loss: CurvePanel, studio: Studio, qtbot: QtBot) -> None:
    add_run(studio, np.logspace(0, -4, 100).tolist())
    qtbot.waitUntil(lambda: legend(loss) != "")
    assert -0.05 < plot(loss).box.viewRange()[1][0] <= 0.0
    qtbot.mouseClick(loss.findChild(QToolButton, "loss_log"), Qt.MouseButton.LeftButton)
    low, high = plot(loss).box.viewRange()[1]
    assert -4.5 < low < -3.5
    assert 0.0 < high < 0.5


def test_the_axis_begins_with_the_epoch_in_which_the_first_run_began(
    loss: CurvePanel, studio: Studio, qtbot: QtBot
) -> None:
    history = RunRecord("Run 1")
    history.add(RunStarted(44, 25, 1100, 1000, "NumPy", ""))
    for step in range(1001, 1101):
        history.add(BatchDone(step // 25 + 1, step, 1.0, 0.5, 0.1, 1.0, 1.0, step / 25))
    studio.run.records.append(history)
    studio.run.run_started.emit(history)
    qtbot.waitUntil(lambda: legend(loss) != "")
    first, last = plot(loss).box.viewRange()[0]
    assert (round(first), round(last)) == (40, 44)


def test_losses_that_are_not_finite_are_marked(loss: CurvePanel, studio: Studio, qtbot: QtBot) -> None:
    add_run(studio, [2.0, 1.0, float("nan"), float("nan"), 1.0, 3.0], reason="not_finite")
    qtbot.waitUntil(lambda: legend(loss) != "")
    labels = [item.format for item in plot(loss).scene().items() if hasattr(item, "format")]
    assert labels == ["NaN or infinite", "NaN or infinite"]


def test_a_selected_run_is_highlighted(loss: CurvePanel, studio: Studio, qtbot: QtBot) -> None:
    first = add_run(studio, [2.0] * 50)
    add_run(studio, [1.0] * 50)
    qtbot.waitUntil(lambda: legend(loss) != "")
    before = plot(loss).grab().toImage()
    studio.choose_run(first)
    qtbot.waitUntil(lambda: plot(loss).grab().toImage() != before)


@pytest.mark.parametrize(("ending", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("csv", b"run,step,epoch")])
def test_curves_are_saved_in_each_format(
    loss: CurvePanel,
    studio: Studio,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
    begins: bytes,
) -> None:
    add_run(studio, [2.0, 1.0, 0.5])
    qtbot.waitUntil(lambda: legend(loss) != "")
    path = tmp_path / f"curves.{ending}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *arguments: (str(path.with_suffix("")), ""))
    actions = {action.text(): action for action in loss.findChild(QToolButton, "loss_export").menu().actions()}
    with qtbot.waitSignal(studio.message) as said:
        next(action for text, action in actions.items() if ending.upper() in text).trigger()
    assert said.args == ["info", f"Saved curves as {path}."]
    assert path.read_bytes().startswith(begins)
    assert path.stat().st_size > 40


def test_a_failed_save_is_reported(
    loss: CurvePanel, studio: Studio, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_run(studio, [2.0, 1.0])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *arguments: (str(tmp_path / "none" / "c.csv"), ""))
    action = next(a for a in loss.findChild(QToolButton, "loss_export").menu().actions() if "CSV" in a.text())
    with qtbot.waitSignal(studio.message) as said:
        action.trigger()
    assert said.args[0] == "problem"
    assert "No such file" in said.args[1]


def test_the_plotting_library_is_not_imported_with_the_panel() -> None:
    code = "import sys, cnnstudio.gui.panels.curves.panel; sys.exit('pyqtgraph' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
