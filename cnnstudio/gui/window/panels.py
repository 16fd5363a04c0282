"""The table of panels: what each is called, where it docks at first, and what makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtWidgets import QWidget

from cnnstudio.gui.panels.confusion.panel import ConfusionPanel
from cnnstudio.gui.panels.curves.panel import AccuracyPanel, LossPanel
from cnnstudio.gui.panels.inspector.panel import InspectorPanel
from cnnstudio.gui.panels.log.panel import LogPanel
from cnnstudio.gui.panels.mistakes.panel import MistakesPanel
from cnnstudio.gui.panels.outline.panel import OutlinePanel
from cnnstudio.gui.panels.palette.panel import PalettePanel
from cnnstudio.gui.panels.probe.panel import ProbePanel
from cnnstudio.gui.panels.problems.panel import ProblemsPanel
from cnnstudio.gui.panels.runs.panel import RunsPanel
from cnnstudio.gui.state.studio import Studio


class Place(Enum):
    """Where a panel docks in the default layout."""

    LEFT = "left"
    RIGHT = "right"
    BOTTOM_LEFT = "bottom left"
    BOTTOM_CENTER = "bottom center"
    BOTTOM_RIGHT = "bottom right"


@dataclass(frozen=True)
class Panel:
    """One panel; `create` is called once, when the window is built."""

    title: str
    place: Place
    create: Callable[[Studio], QWidget]


# panels at the same place share it as tabs, the first one in front
PANELS = (
    Panel("Layers", Place.LEFT, PalettePanel),
    Panel("Outline", Place.LEFT, OutlinePanel),
    Panel("Inspector", Place.RIGHT, InspectorPanel),
    Panel("Loss", Place.BOTTOM_LEFT, LossPanel),
    Panel("Accuracy", Place.BOTTOM_CENTER, AccuracyPanel),
    Panel("Probe", Place.BOTTOM_RIGHT, ProbePanel),
    Panel("Confusion", Place.BOTTOM_RIGHT, ConfusionPanel),
    Panel("Mistakes", Place.BOTTOM_RIGHT, MistakesPanel),
    Panel("Runs", Place.BOTTOM_RIGHT, RunsPanel),
    Panel("Problems", Place.BOTTOM_RIGHT, ProblemsPanel),
    Panel("Log", Place.BOTTOM_RIGHT, LogPanel),
)
