"""A dock widget with a flat title bar that hides while the dock is one of several tabs."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QToolButton, QWidget

from cnnstudio.gui.look.theme import Theme


class Dock(QDockWidget):
    """Holds one panel. `restore_hint` says in the Hide button's tooltip how to show the panel again."""

    def __init__(self, panel: QWidget, title: str, theme: Theme, *, restore_hint: str = "") -> None:
        super().__init__(title)
        self.setObjectName(f"dock_{title.lower().replace(' ', '_')}")
        panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWidget(panel)
        self.setMinimumSize(120, 80)
        self._theme = theme
        self._heading = QLabel(title.upper())
        self._heading.setObjectName("heading")
        self._float_button, self._close_button = QToolButton(), QToolButton()
        self._title_bar = self._make_title_bar(title, restore_hint)
        self._empty_title_bar = QWidget(self)
        self._empty_title_bar.hide()
        self.setTitleBarWidget(self._title_bar)
        self._float_button.clicked.connect(lambda: self.setFloating(not self.isFloating()))
        self._close_button.clicked.connect(self.close)
        self.topLevelChanged.connect(self.update_title_bar)
        self.dockLocationChanged.connect(self.update_title_bar)
        self.visibilityChanged.connect(self.update_title_bar)
        theme.changed.connect(self._update_colors)
        self._update_colors()

    def update_title_bar(self, *changed: object) -> None:
        """Show the title bar unless a tab already shows the title."""
        window = self.parent()
        tabbed = (
            not self.isFloating()
            and isinstance(window, QMainWindow)
            and any(not dock.isHidden() for dock in window.tabifiedDockWidgets(self))
        )
        wanted = self._empty_title_bar if tabbed else self._title_bar
        if self.titleBarWidget() is not wanted:
            self.setTitleBarWidget(wanted)
            wanted.show()

    def _make_title_bar(self, title: str, restore_hint: str) -> QWidget:
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 7, 6, 7)
        row.setSpacing(2)
        row.addWidget(self._heading)
        row.addStretch()
        self._float_button.setToolTip("Float or dock this panel.")
        self._close_button.setToolTip(f"Hide this panel. {restore_hint}".strip())
        for button, verb in ((self._float_button, "Float"), (self._close_button, "Hide")):
            button.setAccessibleName(f"{verb} {title}")
            row.addWidget(button)
        return bar

    def _update_colors(self) -> None:
        self._float_button.setIcon(self._theme.icon("float", "faint"))
        self._close_button.setIcon(self._theme.icon("close", "faint"))
