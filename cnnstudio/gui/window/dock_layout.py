"""The docks around the canvas: their default layout, and saving and restoring it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QScrollArea, QTabWidget, QWidget

from cnnstudio.gui.state.settings import Settings
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.dock import Dock
from cnnstudio.gui.window.panels import Panel, Place

Area = Qt.DockWidgetArea

LEFT_WIDTH, RIGHT_WIDTH = 212, 312  # pixels
BOTTOM_WIDTHS = (35, 35, 30)  # percent of the window's width
BOTTOM_HEIGHT = 28  # percent of the window's height
ROOMY = QSize(1200, 760)  # pixels of a window in which the panels at the bottom stand side by side
PanelWidget = TypeVar("PanelWidget", bound=QWidget)
RESTORE_HINT = "Use View › Panels to show it again."
AREAS = {Place.LEFT: Area.LeftDockWidgetArea, Place.RIGHT: Area.RightDockWidgetArea}  # of the others: at the bottom
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
        self._arranged = False
        self._folded = False  # whether all panels at the bottom share one place

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
        """Return to the default layout for the window's size."""
        for dock in self._all():
            dock.setFloating(False)
            self._window.removeDockWidget(dock)
        self._arrange()
        for dock in self._all():
            dock.show()
        for docks in self._places():
            docks[0].raise_()
        self._set_sizes()  # again, since sizes of hidden docks are not kept
        self._update_headings()

    def fit(self) -> None:
        """Fold or unfold the panels at the bottom if the window's size asks for it and the user moved no panel."""
        if self._arranged and self._folded is not self._small and self._as_arranged():
            hidden, front = [dock for dock in self._all() if dock.isHidden()], self._front()
            self.reset()
            for dock in reversed(front):
                dock.raise_()
            for dock in hidden:
                dock.hide()

    def show(self, settings: Settings) -> None:
        """Create the default layout, then restore the saved one with the window's geometry, if it is intact.

        The window must have its initial size and all of its bars.
        """
        self._arrange()
        if settings.layout is not None:
            geometry, docks = settings.layout
            size, least = self._window.size(), self._window.minimumSizeHint()
            if not self._window.restoreGeometry(geometry) or self._window.size().boundedTo(least) != least:
                self._window.resize(size)
            if not self._put(docks):
                self.reset()
            self._folded = self._together(*(self._docks[place][0] for place in BOTTOM[:2]))
        self._arranged = True

    def save(self, settings: Settings) -> None:
        """Save the layout and the window geometry."""
        settings.layout = (self._window.saveGeometry(), self._window.saveState())

    def _all(self) -> list[Dock]:
        return [dock for docks in self._docks.values() for dock in docks]

    @property
    def _small(self) -> bool:
        size = self._window.size()
        return size.width() < ROOMY.width() or size.height() < ROOMY.height()

    def _places(self) -> list[list[Dock]]:
        """The docks at each place of the default layout, folded or not."""
        sides = [self._docks[place] for place in Place if place not in BOTTOM]
        bottom = [self._docks[place] for place in BOTTOM]
        return sides + ([[dock for docks in bottom for dock in docks]] if self._folded else bottom)

    def _as_arranged(self) -> bool:
        """Whether every panel is at its place in the default layout."""
        window = self._window
        for docks in self._places():
            shown = [dock for dock in docks if not dock.isHidden()]
            for dock in shown:
                beside = {other for other in window.tabifiedDockWidgets(dock) if not other.isHidden()}
                if dock.isFloating() or beside != {other for other in shown if other is not dock}:
                    return False
        return all(
            window.dockWidgetArea(dock) == AREAS.get(place, Area.BottomDockWidgetArea)
            for place, docks in self._docks.items()
            for dock in docks
        )

    def _together(self, one: Dock, other: Dock) -> bool:
        return other in self._window.tabifiedDockWidgets(one)

    def _front(self) -> list[Dock]:
        """The docks that are in front of their tabs."""
        return [dock for dock in self._all() if not dock.isHidden() and not dock.visibleRegion().isEmpty()]

    def _arrange(self) -> None:
        """Create the default layout."""
        self._folded = self._small
        window, layout = self._window, self._window.layout()
        assert layout is not None
        layout.setEnabled(False)  # a layout pass in between would leave stray tab bars behind
        front = {place: docks[0] for place, docks in self._docks.items()}
        window.addDockWidget(Area.LeftDockWidgetArea, front[Place.LEFT])
        window.addDockWidget(Area.RightDockWidgetArea, front[Place.RIGHT])
        window.addDockWidget(Area.BottomDockWidgetArea, front[Place.BOTTOM_LEFT])
        if not self._folded:
            window.splitDockWidget(front[Place.BOTTOM_LEFT], front[Place.BOTTOM_CENTER], Qt.Orientation.Horizontal)
            window.splitDockWidget(front[Place.BOTTOM_CENTER], front[Place.BOTTOM_RIGHT], Qt.Orientation.Horizontal)
        for first, *others in self._places():
            for dock in others:
                window.tabifyDockWidget(first, dock)
        layout.setEnabled(True)
        for first, *_ in self._places():
            first.raise_()
        self._set_sizes()
        self._update_headings()

    def _set_sizes(self) -> None:
        front = {place: docks[0] for place, docks in self._docks.items()}
        window, bottom = self._window, [front[place] for place in BOTTOM]
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        window.resizeDocks([front[Place.LEFT], front[Place.RIGHT]], [LEFT_WIDTH, RIGHT_WIDTH], horizontal)
        if not self._folded:
            window.resizeDocks(bottom, [window.width() * width // 100 for width in BOTTOM_WIDTHS], horizontal)
        window.resizeDocks(bottom[:1], [window.height() * BOTTOM_HEIGHT // 100], vertical)

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
