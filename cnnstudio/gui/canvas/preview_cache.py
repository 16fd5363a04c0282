"""The previews on the nodes: made from the latest activations, at most ten times a second."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from cnnstudio.graph import NodeId
from cnnstudio.gui.canvas.node_summary import NodeSummary
from cnnstudio.gui.canvas.previews import FeatureMapsPreview, ImagePreview, Placeholder, Preview, ScoresPreview
from cnnstudio.gui.look.array_images import pixels_to_qimage
from cnnstudio.gui.state.data_source import brightness
from cnnstudio.gui.state.studio import Studio

INTERVAL = 0.1  # seconds between two updates, at least


class PreviewCache(QObject):
    """Makes each node's preview from the latest activations and the probe."""

    changed = Signal()  # previews of any nodes may have changed

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._image: QImage | None = None
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._emit_changed)
        studio.live.maps_changed.connect(self._on_maps_changed)
        studio.data.probe_changed.connect(self._on_probe_changed)
        studio.data.dataset_changed.connect(self._on_maps_changed)
        self._on_probe_changed()

    def preview(self, node_id: NodeId, summary: NodeSummary) -> Preview:
        """A node's current preview."""
        if summary.shows_image:
            return (
                ImagePreview(self._image)
                if self._image is not None
                else Placeholder("Images from the dataset enter here.")
            )
        array = self._studio.live.maps.arrays.get(node_id)
        if array is None or array.size == 0:
            return Placeholder(
                "Waiting for input." if summary.shape is None and not summary.message else "No values yet."
            )
        if summary.lists_scores and array.ndim == 1:
            return ScoresPreview(array, self._class_names(len(array)), self._label(), probabilities=not summary.signed)
        return FeatureMapsPreview(array, signed=summary.signed)

    def _class_names(self, count: int) -> tuple[str, ...]:
        """The class names of the dataset, or numbers if it has another number of classes."""
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
        self._image = pixels_to_qimage(brightness(probe.stored, dataset.limits)) if probe and dataset else None
        self._emit_changed()

    def _on_maps_changed(self) -> None:
        wait = self._last + INTERVAL - time.monotonic()
        if wait <= 0.0:
            self._emit_changed()
        elif not self._timer.isActive():
            self._timer.start(round(wait * 1000.0) + 1)

    def _emit_changed(self) -> None:
        self._last = time.monotonic()
        self._timer.stop()
        self.changed.emit()
