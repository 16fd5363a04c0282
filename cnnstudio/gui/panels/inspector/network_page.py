"""The network as a whole, shown while nothing is selected: its size, its cost, and how to begin."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from cnnstudio.engine.engine import Learning
from cnnstudio.gui.look.number_format import format_bytes, format_count
from cnnstudio.gui.panels.shared.train_button import TrainButton
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.labels import Caption, FieldLabel, Heading, tooltip

WAIT = 150  # milliseconds of rest after an edit before the memory is estimated

HOW = (
    "Click a layer to see what it does and to change it.",
    "Drag a layer from the palette onto the canvas, or onto a connection, to put it there.",
    "Train, and watch the loss fall and the feature maps change.",
)


class NetworkPage(QWidget):
    """Totals, an estimate of memory, and three sentences to begin with."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._values: dict[str, QLabel] = {}
        table = QFormLayout()
        table.setContentsMargins(0, 0, 0, 0)
        table.setVerticalSpacing(6)
        for name, label, help_text in (
            ("layers", "Layers", "How many layers there are, Input and Output among them."),
            ("parameters", "Parameters", "Numbers that training changes: all weights and biases."),
            ("multiply_adds", "Multiply-adds", "Multiplications with addition that one image takes."),
            ("memory", "Memory to train", "What training takes at the chosen batch size, by estimate."),
        ):
            value = QLabel()
            value.setWordWrap(True)
            value.setObjectName(f"network_{name}")
            value.setAccessibleName(label)
            value.setToolTip(tooltip(help_text))
            self._values[name] = value
            words = FieldLabel(label)
            words.setToolTip(tooltip(help_text))
            table.addRow(words, value)
        table.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        train = TrainButton(studio, "network_train")
        train.setProperty("primary", True)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT)
        self._timer.timeout.connect(self._estimate)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(table)
        column.addSpacing(8)
        column.addWidget(Heading("How to begin"))
        for sentence in HOW:
            column.addWidget(Caption(sentence))
        column.addWidget(train, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        studio.session.report_changed.connect(self._on_changed)
        studio.session.project_changed.connect(self._on_changed)
        studio.live.network_changed.connect(self._on_changed)
        studio.data.dataset_changed.connect(self._on_changed)
        studio.run.state_changed.connect(self._on_changed)
        studio.run.device_changed.connect(self._on_changed)
        studio.devices.changed.connect(self._on_changed)
        self._on_changed(None)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._on_changed(None)

    def _on_changed(self, change: object = None) -> None:
        report = self._studio.session.report
        self._values["layers"].setText(format_count(len(self._studio.session.graph.nodes)))
        self._values["parameters"].setText(format_count(report.parameters))
        self._values["multiply_adds"].setText(f"{format_count(report.macs)} an image")
        if self.isVisible():
            self._timer.start()

    def _estimate(self) -> None:
        live, choice = self._studio.live, self._studio.session.project.training
        if live.network is None or not live.current:
            self._values["memory"].setText("once the network is complete")
            return
        batch = choice.settings.batch_size
        learning = Learning(choice.optimizer, choice.settings.clip, choice.settings.clip_by)
        program, weights = live.network.program, live.network.weights
        engine = self._studio.devices.engine(self._studio.run.device)
        unsupported = engine.unsupported(weights, learning)
        if unsupported:
            self._values["memory"].setText(unsupported)
            return
        needed = engine.memory_needed(program, weights, batch, learning)
        self._values["memory"].setText(f"{format_bytes(needed)} at batches of {format_count(batch)}")
