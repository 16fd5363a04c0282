"""The menu of compute devices; OpenCL devices are detected when it is first opened."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QMenu, QWidget

from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.menu_text import menu_text


class DeviceMenu(QMenu):
    """Automatic choice, NumPy, or an OpenCL device; devices that cannot be used are listed with the reason."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        self._studio = studio
        self.setObjectName("device_menu")
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._on_about_to_show)
        studio.devices.changed.connect(self._fill)

    def _on_about_to_show(self) -> None:
        self._studio.devices.search()
        self._fill()

    def _fill(self) -> None:
        self.clear()
        self._add("auto", "Fastest (benchmarked before each run)", "")
        for device in self._studio.devices.devices:
            self._add(device.name, device.description, device.refused)
        if not self._studio.devices.complete:
            self.addAction("Detecting devices…").setEnabled(False)

    def _add(self, name: str, text: str, refused: str) -> None:
        action = self.addAction(menu_text(f"{text}: {refused}" if refused else text))
        action.setObjectName(f"device_{name}")
        action.setCheckable(True)
        action.setChecked(self._studio.run.device == name)
        action.setEnabled(not refused)
        action.triggered.connect(partial(self._studio.run.set_device, name))
