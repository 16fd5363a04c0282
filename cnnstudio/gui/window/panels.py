"""The table of panels: where each docks at first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

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


class PanelClass(Protocol):
    """The class of a panel's widget, with the title of its dock."""

    title: str

    def __call__(self, studio: Studio, /) -> QWidget: ...


@dataclass(frozen=True)
class Panel:
    """One panel; its widget is made once, when the window is built. `key` moves the keyboard focus to it."""

    place: Place
    widget: PanelClass
    key: str

    @property
    def title(self) -> str:
        """The title of its dock."""
        return self.widget.title


# panels at the same place share it as tabs, the first one in front
PANELS = (
    Panel(Place.LEFT, PalettePanel, "Alt+1"),
    Panel(Place.LEFT, OutlinePanel, "Alt+2"),
    Panel(Place.RIGHT, InspectorPanel, "Alt+3"),
    Panel(Place.BOTTOM_LEFT, LossPanel, "Alt+4"),
    Panel(Place.BOTTOM_CENTER, AccuracyPanel, "Alt+5"),
    Panel(Place.BOTTOM_RIGHT, ProbePanel, "Alt+6"),
    Panel(Place.BOTTOM_RIGHT, ConfusionPanel, "Alt+7"),
    Panel(Place.BOTTOM_RIGHT, MistakesPanel, "Alt+8"),
    Panel(Place.BOTTOM_RIGHT, RunsPanel, "Alt+9"),
    Panel(Place.BOTTOM_RIGHT, ProblemsPanel, "Ctrl+Shift+M"),
    Panel(Place.BOTTOM_RIGHT, LogPanel, "Ctrl+Shift+U"),
)
