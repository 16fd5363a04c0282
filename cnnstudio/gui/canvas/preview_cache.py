"""The previews on the nodes: made from the feature maps that are shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from cnnstudio.graph import NodeId
from cnnstudio.gui.canvas.node_summary import NodeSummary
from cnnstudio.gui.canvas.previews import FeatureMapsPreview, ImagePreview, Placeholder, Preview, ScoresPreview
from cnnstudio.gui.look.array_images import pixels_to_qimage
from cnnstudio.gui.state.data_source import brightness
from cnnstudio.gui.state.studio import Studio


class PreviewCache(QObject):
    """Makes each node's preview from the feature maps and the probe."""

    changed = Signal()  # previews of any nodes may have changed

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._data, self._shown = studio.data, studio.shown
        self._image: QImage | None = None
        self._shown.changed.connect(self.changed)
        self._data.probe_changed.connect(self._on_probe_changed)
        self._on_probe_changed()

    def outdated(self, node_id: NodeId) -> str:
        """What has changed since a node's preview was computed, in words; empty while it is true."""
        return self._shown.outdated if node_id in self._shown.outdated_nodes else ""

    def preview(self, node_id: NodeId, summary: NodeSummary, before: Preview | None = None) -> Preview:
        """A node's current preview: the one `before`, which is rendered already, if it shows the same values."""
        if summary.shows_image:
            if self._image is not None:
                return ImagePreview(self._image)
            return self._missing() if self._data.reading else Placeholder("Images from the dataset enter here.")
        array = self._shown.arrays.get(node_id)
        if array is None or array.size == 0:
            waiting = summary.shape is None and not summary.message
            return Placeholder("Waiting for input.") if waiting else self._missing()
        if summary.lists_scores and self._shown.prediction is not None:
            return ScoresPreview(self._shown.prediction)
        if isinstance(before, FeatureMapsPreview) and before.shows(array, signed=summary.signed):
            return before
        return FeatureMapsPreview(array, signed=summary.signed)

    def _missing(self) -> Placeholder:
        return Placeholder(self._shown.why_missing(), busy=self._data.reading or self._shown.computing)

    def _on_probe_changed(self) -> None:
        probe, dataset = self._data.probe, self._data.dataset
        self._image = pixels_to_qimage(brightness(probe.stored, dataset.limits)) if probe and dataset else None
        self.changed.emit()
