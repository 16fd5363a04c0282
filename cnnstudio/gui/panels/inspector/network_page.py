"""The inspector's page while nothing is selected: totals of the network and first steps."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from cnnstudio.gui.look.number_format import format_count
from cnnstudio.gui.panels.shared.train_button import TrainButton
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.labels import Caption, FieldLabel, Heading, tooltip

MAX_LABEL_WIDTH = 140  # pixels
ESTIMATE_DELAY = 150  # milliseconds after the last edit until memory is estimated

FIRST_STEPS = (
    "Click a layer to see and change its parameters.",
    "Drag a layer from the Layers panel onto the canvas, or onto a connection to insert it there.",
    "Click Train and watch the loss fall and the feature maps change.",
)


class NetworkPage(QWidget):
    """Totals, estimated memory, and three sentences on how to begin."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._values: dict[str, QLabel] = {}
        table = self._make_table()
        train = TrainButton(studio, "network_train")
        train.setProperty("primary", True)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(ESTIMATE_DELAY)
        self._timer.timeout.connect(studio.memory.update)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(table)
        column.addSpacing(8)
        column.addWidget(Heading("First steps"))
        for sentence in FIRST_STEPS:
            column.addWidget(Caption(sentence))
        column.addWidget(train, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        studio.memory.changed.connect(self._values["memory"].setText)
        studio.session.report_changed.connect(self._on_changed)
        studio.session.project_changed.connect(self._on_changed)
        studio.live.network_changed.connect(self._on_changed)
        studio.data.dataset_changed.connect(self._on_changed)
        studio.run.state_changed.connect(self._on_changed)
        studio.run.device_changed.connect(self._on_changed)
        studio.devices.changed.connect(self._on_changed)
        self._on_changed(None)

    def _make_table(self) -> QFormLayout:
        table = QFormLayout()
        table.setContentsMargins(0, 0, 0, 0)
        table.setVerticalSpacing(6)
        table.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for name, label, help_text in (
            ("layers", "Layers", "Number of layers, including Input and Output."),
            ("parameters", "Parameters", "Number of trainable parameters: all weights and biases."),
            ("macs", "MACs", "Multiply-accumulate operations of a forward pass for one image."),
            ("memory", "Training memory", "Estimated memory for training at the current batch size."),
        ):
            value = QLabel()
            value.setWordWrap(True)
            value.setObjectName(f"network_{name}")
            value.setAccessibleName(label)
            value.setToolTip(tooltip(help_text))
            self._values[name] = value
            field_label = FieldLabel(label)
            field_label.setMaximumWidth(MAX_LABEL_WIDTH)
            field_label.setToolTip(tooltip(help_text))
            table.addRow(field_label, value)
        table.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        return table

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._on_changed(None)

    def _on_changed(self, change: object = None) -> None:
        report = self._studio.session.report
        self._values["layers"].setText(format_count(len(self._studio.session.graph.nodes)))
        self._values["parameters"].setText(format_count(report.parameters))
        self._values["macs"].setText(f"{format_count(report.macs)} per image")
        if self.isVisible():
            self._timer.start()
