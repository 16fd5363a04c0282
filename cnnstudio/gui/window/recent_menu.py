"""The menu of recently opened or saved projects."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QMenu, QWidget

from cnnstudio.gui.state.settings import Settings
from cnnstudio.gui.widgets.labels import tooltip
from cnnstudio.gui.widgets.menu_text import menu_text
from cnnstudio.gui.window.project_files import ProjectFiles


class RecentMenu(QMenu):
    """Lists the most recent project first; updated when it opens."""

    def __init__(self, files: ProjectFiles, settings: Settings, parent: QWidget) -> None:
        super().__init__("Open recent", parent)
        self._files, self._settings = files, settings
        self.setObjectName("menu_recent")
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.clear()
        for path in self._settings.recent:
            action = self.addAction(menu_text(path.name))
            action.setToolTip(tooltip(f"Open {path}."))
            action.triggered.connect(partial(self._files.open, path))
        if self.isEmpty():
            self.addAction("No recent projects").setEnabled(False)
