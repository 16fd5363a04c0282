"""The docks around the canvas: their default layout, and saving and restoring it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QScrollArea, QTabWidget, QWidget

from cnnstudio.gui.state.settings import Settings
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.dock import Dock
from cnnstudio.gui.window.panels import Panel, Place

Area = Qt.DockWidgetArea

LEFT_WIDTH, RIGHT_WIDTH = 212, 284  # pixels
BOTTOM_WIDTHS = (35, 35, 30)  # percent of the window's width
BOTTOM_HEIGHT = 28  # percent of the window's height
PanelWidget = TypeVar("PanelWidget", bound=QWidget)

RESTORE_HINT = "Use View › Panels to show it again."
BOTTOM = (Place.BOTTOM_LEFT, Place.BOTTOM_CENTER, Place.BOTTOM_RIGHT)


class DockLayout:
    """Creates a dock for every panel and arranges the docks in the window."""

    def __init__(self, window: QMainWindow, studio: Studio, panels: Iterable[Panel]) -> None:
        self._window = window
        self._docks: dict[Place, list[Dock]] = {place: [] for place in Place}
        for panel in panels:
            self._docks[panel.place].append(
                Dock(panel.widget(studio), panel.title, studio.theme, restore_hint=RESTORE_HINT)
            )
        options = QMainWindow.DockOption
        window.setDockOptions(options.AllowTabbedDocks | options.AllowNestedDocks | options.GroupedDragging)
        window.setTabPosition(Area.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setCorner(Qt.Corner.BottomLeftCorner, Area.BottomDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Area.BottomDockWidgetArea)
        self._default = QByteArray()

    def toggle_actions(self) -> list[QAction]:
        """An action per panel that shows or hides it."""
        return [dock.toggleViewAction() for dock in self._all()]

    def panel(self, kind: type[PanelWidget]) -> PanelWidget:
        """The panel of this class."""
        return next(panel for dock in self._all() if isinstance(panel := dock.widget(), kind))

    def raise_panel(self, panel: type[QWidget]) -> None:
        """Bring the panel of this class to the front of its tabs."""
        for dock in self._all():
            if isinstance(dock.widget(), panel):
                dock.raise_()

    def go_to(self, title: str) -> None:
        """Show the panel with this title, and give its first field or list the keyboard focus."""
        dock = next(dock for dock in self._all() if dock.windowTitle() == title)
        dock.show()
        dock.raise_()
        dock.activateWindow()
        first_field(dock.widget()).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def reset(self) -> None:
        """Return to the default layout."""
        self._put(self._default)

    def show(self, settings: Settings) -> None:
        """Create the default layout, then restore the saved one with the window's geometry, if it is intact.

        The window must have its initial size and all of its bars.
        """
        self._arrange()
        self._default = self._window.saveState()
        if settings.layout is not None:
            geometry, docks = settings.layout
            self._window.restoreGeometry(geometry)
            if not self._put(docks):
                self.reset()

    def save(self, settings: Settings) -> None:
        """Save the layout and the window geometry."""
        settings.layout = (self._window.saveGeometry(), self._window.saveState())

    def _all(self) -> list[Dock]:
        return [dock for docks in self._docks.values() for dock in docks]

    def _arrange(self) -> None:
        """Create the default layout."""
        window, layout = self._window, self._window.layout()
        assert layout is not None
        layout.setEnabled(False)  # a layout pass in between would leave stray tab bars behind
        front = {place: docks[0] for place, docks in self._docks.items()}
        window.addDockWidget(Area.LeftDockWidgetArea, front[Place.LEFT])
        window.addDockWidget(Area.RightDockWidgetArea, front[Place.RIGHT])
        window.addDockWidget(Area.BottomDockWidgetArea, front[Place.BOTTOM_LEFT])
        window.splitDockWidget(front[Place.BOTTOM_LEFT], front[Place.BOTTOM_CENTER], Qt.Orientation.Horizontal)
        window.splitDockWidget(front[Place.BOTTOM_CENTER], front[Place.BOTTOM_RIGHT], Qt.Orientation.Horizontal)
        for first, *others in self._docks.values():
            for dock in others:
                window.tabifyDockWidget(first, dock)
        layout.setEnabled(True)
        for dock in front.values():
            dock.raise_()
        self._set_sizes(front)
        self._update_headings()

    def _set_sizes(self, front: dict[Place, Dock]) -> None:
        window, bottom = self._window, [front[place] for place in BOTTOM]
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        window.resizeDocks([front[Place.LEFT], front[Place.RIGHT]], [LEFT_WIDTH, RIGHT_WIDTH], horizontal)
        window.resizeDocks(bottom, [window.width() * width // 100 for width in BOTTOM_WIDTHS], horizontal)
        window.resizeDocks(bottom, [window.height() * BOTTOM_HEIGHT // 100] * len(bottom), vertical)

    def _put(self, state: QByteArray) -> bool:
        """Arrange the docks as in a result of `saveState`; returns whether it could be read.

        All docks are removed first, because the tab bars of the places that they leave would remain otherwise.
        """
        for dock in self._all():
            dock.setFloating(False)
            self._window.removeDockWidget(dock)
        for dock in self._all():
            self._window.addDockWidget(Area.BottomDockWidgetArea, dock)
        restored = self._window.restoreState(state)
        self._update_headings()
        return restored

    def _update_headings(self) -> None:
        for dock in self._all():
            dock.update_title_bar()


def first_field(panel: QWidget) -> QWidget:
    """The first widget of the panel that Tab leads to, or the panel itself where there is none."""
    if panel.focusProxy() is not None:
        return panel
    widget = panel.nextInFocusChain()
    while widget is not None and widget is not panel:
        by_tab = widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value
        if (
            by_tab
            and not isinstance(widget, QScrollArea)
            and widget.isEnabled()
            and widget.isVisibleTo(panel)
            and panel.isAncestorOf(widget)
        ):
            return widget
        widget = widget.nextInFocusChain()
    return panel
