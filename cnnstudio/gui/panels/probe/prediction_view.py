"""The right side of the Probe panel: what the network predicts for the probe image."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from cnnstudio.gui.panels.probe.score_bars import ScoreBars
from cnnstudio.gui.state.prediction import Prediction
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.labels import BodyText
from cnnstudio.gui.widgets.outdated_frame import OutdatedFrame

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
        result = QWidget()
        self._frame = OutdatedFrame(
            studio.theme, result, "probe", "Update", "Compute the prediction again.", studio.live.refresh
        )
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._frame)
        column = QVBoxLayout(result)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._heading)
        column.addWidget(self._bars, 1)
        column.addLayout(bottom)
        studio.shown.changed.connect(self._show)
        studio.theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def _show(self) -> None:
        """Show the prediction, or why there is none."""
        shown = self._studio.shown
        prediction = shown.prediction
        self._frame.show_outdated(shown.outdated, computing=shown.computing)
        self._heading.setVisible(not shown.outdated)  # the bar takes its place
        self._bars.setVisible(prediction is not None)
        self._show_icon(prediction)
        if prediction is None:
            self._heading.setText("Prediction")
            self._summary.setText(shown.why_no_prediction())
            return
        self._heading.setText("Class probabilities" if prediction.probabilities else "Class scores")
        self._bars.show_prediction(prediction)
        self._summary.setText(prediction.summary())

    def _show_icon(self, prediction: Prediction | None) -> None:
        correct = None if prediction is None else prediction.correct
        self._icon.setVisible(correct is not None)
        name = "" if prediction is None else prediction.color_role
        if correct is not None and name != self._icon_name:
            self._icon_name = name
            self._icon.setPixmap(self._studio.theme.pixmap(name, name, ICON_SIZE, self.devicePixelRatioF()))

    def _on_theme_changed(self) -> None:
        self._icon_name = ""
        self._show()


class _ScoresHeading(QLabel):
    """Styled by class name in the style sheet."""
