"""A dock with a quiet heading; among tabs the tab is its heading."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QToolButton, QWidget

from cnnstudio.gui.look.theme import Theme


class Dock(QDockWidget):
    """Holds one panel, named by the panel's `title`."""

    def __init__(self, panel: QWidget, title: str, theme: Theme) -> None:
        super().__init__(title)
        self.setObjectName(f"dock_{title.lower().replace(' ', '_')}")
        panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWidget(panel)
        self.setMinimumSize(120, 80)
        self._theme = theme
        self._heading = QLabel(title.upper())
        self._heading.setObjectName("heading")
        self._float, self._close = QToolButton(), QToolButton()
        self._bar = self._make_bar(title)
        self._no_bar = QWidget(self)
        self._no_bar.hide()
        self.setTitleBarWidget(self._bar)
        self._float.clicked.connect(lambda: self.setFloating(not self.isFloating()))
        self._close.clicked.connect(self.close)
        self.topLevelChanged.connect(self.update_title_bar)
        self.dockLocationChanged.connect(self.update_title_bar)
        self.visibilityChanged.connect(self.update_title_bar)
        theme.changed.connect(self._color)
        self._color()

    def update_title_bar(self, *changed: object) -> None:
        """Show the heading where no tab stands for it."""
        window = self.parent()
        tabbed = (
            not self.isFloating()
            and isinstance(window, QMainWindow)
            and any(not dock.isHidden() for dock in window.tabifiedDockWidgets(self))
        )
        wanted = self._no_bar if tabbed else self._bar
        if self.titleBarWidget() is not wanted:
            self.setTitleBarWidget(wanted)
            wanted.show()

    def _make_bar(self, title: str) -> QWidget:
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 7, 6, 7)
        row.setSpacing(2)
        row.addWidget(self._heading)
        row.addStretch()
        for button, what in ((self._float, "Float"), (self._close, "Hide")):
            button.setToolTip(f"{what} this panel; View > Panels brings it back.")
            button.setAccessibleName(f"{what} {title}")
            row.addWidget(button)
        return bar

    def _color(self) -> None:
        self._float.setIcon(self._theme.icon("float", "faint"))
        self._close.setIcon(self._theme.icon("close", "faint"))
