"""The right side of the Probe panel: what the network predicts for the probe image."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from cnnstudio.gui.panels.probe.prediction import Prediction
from cnnstudio.gui.panels.probe.score_bars import ScoreBars
from cnnstudio.gui.state.live_network import FeatureMaps
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.labels import BodyText
from cnnstudio.operations import Loss

ICON_SIZE = 16  # pixels


class PredictionView(QWidget):
    """Class probabilities or scores as bars, and below them the predicted class with an icon: correct or wrong."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._icon_name = ""
        self._heading = _ScoresHeading("Prediction")
        self._bars = ScoreBars(studio.theme)
        self._summary, self._icon = BodyText(), QLabel()
        self._summary.setObjectName("probe_verdict")
        bottom = QHBoxLayout()
        bottom.setSpacing(6)
        bottom.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        bottom.addWidget(self._summary, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._heading)
        column.addWidget(self._bars, 1)
        column.addLayout(bottom)
        studio.live.maps_changed.connect(self._on_maps_changed)
        studio.theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def _on_maps_changed(self, maps: FeatureMaps) -> None:
        """Show the output layer's values, or why there is no prediction."""
        studio = self._studio
        output = next(iter(studio.session.graph.output_nodes), None)
        block = studio.session.report.blocks.get(output.id) if output is not None else None
        loss = block.loss if block is not None else None
        values = maps.arrays.get(output.id) if output is not None else None
        dataset, probe = studio.data.dataset, studio.data.probe
        prediction = None
        if values is not None and dataset is not None and values.shape == (len(dataset.class_names),):
            prediction = Prediction.of(
                dataset.class_names,
                values,
                probabilities=loss is not None and loss.outputs_probabilities,
                label=probe.label if probe is not None else None,
            )
        self._bars.setVisible(prediction is not None)
        self._show_icon(prediction)
        if prediction is not None:
            self._heading.setText("Class probabilities" if prediction.probabilities else "Class scores")
            self._bars.show_prediction(prediction)
            self._summary.setText(prediction.summary())
        else:
            self._heading.setText("Prediction")
            missing = values is None or dataset is None
            classes = 0 if dataset is None else len(dataset.class_names)
            self._summary.setText(_why_no_prediction(0 if values is None else values.size, classes, loss, missing))

    def _show_icon(self, prediction: Prediction | None) -> None:
        correct = None if prediction is None else prediction.correct
        self._icon.setVisible(correct is not None)
        name = "good" if correct else "problem"
        if correct is not None and name != self._icon_name:
            self._icon_name = name
            self._icon.setPixmap(self._studio.theme.pixmap(name, name, ICON_SIZE, self.devicePixelRatioF()))

    def _on_theme_changed(self) -> None:
        self._icon_name = ""
        self._on_maps_changed(self._studio.live.maps)


def _why_no_prediction(outputs: int, classes: int, loss: Loss | None, missing: bool) -> str:
    if missing:
        return "The prediction appears once the network is complete."
    if loss is not None and loss.is_classification:
        return f"The network has {outputs} outputs, but the dataset has {classes} classes; see Problems."
    return "This network is not a classifier; its output is shown on the Output layer."


class _ScoresHeading(QLabel):
    """Styled by class name in the style sheet."""
