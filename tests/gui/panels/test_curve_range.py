"""The range of values that the Loss panel shows, and its logarithmic scale."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from cnnstudio.gui.panels.curves.axis import log_ticks
from cnnstudio.gui.panels.curves.panel import LossPanel
from cnnstudio.gui.panels.curves.value_range import value_range
from cnnstudio.gui.state.studio import Studio
from cnnstudio.runs.curves import curve_of
from cnnstudio.runs.record import RunRecord
from cnnstudio.training.events import BatchDone, EpochDone, Outcome, RunDone, RunStarted

CALM = 0.6 * np.exp(-np.arange(2000) / 500) + 0.05


def record(losses: np.ndarray, validation: list[float] | None = None) -> RunRecord:
    """A finished run of 200 steps an epoch."""
    run = RunRecord("Run 1")
    run.add(RunStarted(len(losses) // 200, 200, len(losses), 0, "NumPy", ""))
    for step, loss in enumerate(losses.tolist(), 1):
        run.add(BatchDone(1, step, loss, 0.5, 0.1, 1.0, 1.0, step / 200))
    for epoch, loss in enumerate(validation or [], 1):
        run.add(EpochDone(epoch, 200 * epoch, 0.5, 0.5, loss, 0.5, 1.0, 0.1))
    run.add(RunDone(len(losses) // 200, len(losses), Outcome.FINISHED))
    return run


def top(losses: np.ndarray, validation: list[float] | None = None) -> float:
    return value_range([curve_of(record(losses, validation), "loss")], log=False).top


def with_spikes(*spikes: tuple[int, float]) -> np.ndarray:
    losses = CALM.copy()
    for step, loss in spikes:
        losses[step] = loss
    return losses


@pytest.mark.parametrize(
    "spikes",
    [[(0, 4000.0)], [(0, 4000.0), (1200, 900.0)], [(0, 1e30), (1, 1e20), (2, 1e4)], [(1999, 500.0)], [(0, math.inf)]],
)
def test_brief_peaks_do_not_flatten_the_rest(spikes: list[tuple[int, float]]) -> None:
    assert 0.65 < top(with_spikes(*spikes)) < 1.3


def test_a_validation_peak_does_not_flatten_the_rest() -> None:
    assert top(CALM, [80.0, 0.5, 0.4, 0.3, 0.3, 0.2, 0.2, 0.2, 0.2, 0.2]) < 1.3


def test_what_lasts_is_shown_whole() -> None:
    assert top(np.linspace(2.3, 0.01, 2000)) > 2.3
    assert top(2.3 * np.exp(-np.arange(2000) / 300)) > 2.2  # falls fast, yet is no spike
    assert top(np.linspace(0.1, 900.0, 2000)) > 890.0  # diverges
    assert top(CALM, [0.5, 0.6, 0.9, 1.5, 2.5, 3.5, 4.5, 5.0]) > 5.0  # overfits
    assert top(np.concatenate([np.linspace(2.3, 0.5, 8), np.full(1992, 0.4)])) > 2.3  # learns within a few steps
    heavy_tailed = np.exp(np.random.default_rng(0).normal(0, 1.5, 2000))
    assert top(heavy_tailed) > 1.5


def test_a_button_tells_of_peaks_beyond_the_plot_and_shows_them(studio: Studio, qtbot: QtBot) -> None:
    panel = LossPanel(studio)
    qtbot.addWidget(panel)
    panel.resize(560, 260)
    panel.show()
    studio.run.records.append(record(with_spikes((0, 4000.0))))
    studio.run.run_started.emit(studio.run.records[-1])
    peaks = panel.findChild(QToolButton, "loss_peaks")
    qtbot.waitUntil(peaks.isVisible)
    assert peaks.text() == "↑ 4000"
    assert panel._plot.box.viewRange()[1][1] < 1.3
    qtbot.mouseClick(peaks, Qt.MouseButton.LeftButton)
    assert panel._plot.box.viewRange()[1][1] > 4000
    qtbot.mouseClick(peaks, Qt.MouseButton.LeftButton)
    assert panel._plot.box.viewRange()[1][1] < 1.3


@pytest.mark.parametrize(
    ("least", "most", "shown"),
    [
        (0.05, 0.9, [0.05, 0.1, 0.2, 0.5]),
        (0.004, 4.0, [0.01, 0.1, 1.0]),
        (2.2, 2.4, [2.2, 2.25, 2.3, 2.35, 2.4]),
        (1e-12, 1e4, [1e-12, 1e-8, 1e-4, 1.0, 1e4]),
    ],
)
def test_a_logarithmic_axis_has_a_few_round_labels(least: float, most: float, shown: list[float]) -> None:
    ticks = log_ticks(math.log10(least) - 1e-9, math.log10(most) + 1e-9, 0.2)
    np.testing.assert_allclose(10.0 ** np.array(ticks), shown, rtol=1e-9)


@pytest.mark.parametrize("power", range(-12, 6))
@pytest.mark.parametrize("decades", [0.001, 0.1, 0.5, 0.8, 1.5, 3.0, 7.0, 20.0])
def test_labels_of_a_logarithmic_axis_never_overlap(power: int, decades: float) -> None:
    ticks = log_ticks(power, power + decades, 0.2)
    assert len(ticks) >= 1
    assert min(np.diff(ticks), default=1.0) >= 0.2 * decades * 0.8
