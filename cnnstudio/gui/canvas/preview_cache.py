"""The images on the nodes: made from the newest values, at most ten times a second."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from cnnstudio.graph import NodeId
from cnnstudio.gui.canvas.node_summary import Face
from cnnstudio.gui.canvas.previews import Image, Nothing, Photo, Tiles, Votes
from cnnstudio.gui.look.array_images import pixels_to_qimage
from cnnstudio.gui.state.data_source import brightness
from cnnstudio.gui.state.studio import Studio

EVERY = 0.1  # seconds between two changes of the images


class Gallery(QObject):
    """Knows the newest values; `image` says what a node shows of them."""

    changed = Signal()  # other images, for any node

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._photo: QImage | None = None
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._announce)
        studio.live.maps_changed.connect(self._on_maps_changed)
        studio.data.probe_changed.connect(self._on_probe_changed)
        studio.data.dataset_changed.connect(self._on_maps_changed)
        self._on_probe_changed()

    def image(self, node_id: NodeId, face: Face) -> Image:
        """What the node shows now."""
        if face.shows_image:
            return Photo(self._photo) if self._photo is not None else Nothing("The data's images come in here.")
        array = self._studio.live.maps.arrays.get(node_id)
        if array is None or array.size == 0:
            return Nothing("Waits for its input." if face.shape is None and not face.message else "No values yet.")
        if face.votes and array.ndim == 1:
            return Votes(array, self._class_names(len(array)), self._label(), shares=not face.signed)
        return Tiles(array, signed=face.signed)

    def _class_names(self, count: int) -> tuple[str, ...]:
        """The names of the data's classes, or numbers where there are others."""
        dataset, choice = self._studio.data.dataset, self._studio.session.project.data
        for names in (dataset.class_names if dataset else (), choice.class_names):
            if len(names) == count:
                return names
        return tuple(str(index) for index in range(count))

    def _label(self) -> int | None:
        probe = self._studio.data.probe
        return probe.label if probe else None

    def _on_probe_changed(self) -> None:
        probe, dataset = self._studio.data.probe, self._studio.data.dataset
        self._photo = pixels_to_qimage(brightness(probe.stored, dataset.limits)) if probe and dataset else None
        self._announce()

    def _on_maps_changed(self) -> None:
        wait = self._last + EVERY - time.monotonic()
        if wait <= 0.0:
            self._announce()
        elif not self._timer.isActive():
            self._timer.start(round(wait * 1000.0) + 1)

    def _announce(self) -> None:
        self._last = time.monotonic()
        self._timer.stop()
        self.changed.emit()
