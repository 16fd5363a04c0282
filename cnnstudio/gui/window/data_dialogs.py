"""Choosing a dataset and images from disk."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from cnnstudio.data import DatasetName
from cnnstudio.data.sources import Source
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.folder_dialog import ask_folder

IMAGE_FILTER = "Images (*.png *.jpg *.jpeg *.bmp *.gif *.webp *.pgm *.ppm *.tif *.tiff);;All files (*)"


class DataDialogs:
    """Asks for folders and files, and hands them to the studio."""

    def __init__(self, studio: Studio, window: QWidget) -> None:
        self._studio, self._window = studio, window

    def choose_dataset(self, source: Source) -> None:
        """Use a dataset of this source, after asking for its folder if it needs one."""
        if not source.needs_folder:
            self._studio.choose_data(DatasetName(source.kind))
        elif folder := ask_folder(self._window, f"{source.title}: choose the one with {source.files}"):
            self._studio.choose_data(DatasetName(source.kind, folder))

    def open_image(self) -> None:
        """Ask for an image file and show it to the network."""
        path, _ = QFileDialog.getOpenFileName(self._window, "Open image", "", IMAGE_FILTER)
        if path:
            self._studio.show_image_file(Path(path))
