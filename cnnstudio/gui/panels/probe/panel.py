"""Probe: the image being looked at, what the network says to it, and a pad to draw another."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from cnnstudio.array import Array
from cnnstudio.data.drawing import Drawing
from cnnstudio.graph import NodeId
from cnnstudio.gui.look.array_images import pixels_to_qimage
from cnnstudio.gui.panels.probe.drawing_pad import DrawingPad
from cnnstudio.gui.panels.probe.votes import Ballot, Votes
from cnnstudio.gui.state.data_source import Probe, brightness
from cnnstudio.gui.state.live_network import FeatureMaps
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.empty_state import EmptyState
from cnnstudio.gui.widgets.labels import BodyText, Caption, tooltip
from cnnstudio.operations import Loss

TELL = 30  # milliseconds between two looks at a drawing that is being made
BELOW = 88  # pixels of height that caption, buttons and margins take
NARROWEST = 208  # pixels that the buttons need in one row


class ProbePanel(QWidget):
    """The image at the left, the votes at the right. An image file dropped here becomes the probe."""

    title = "Probe"

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._data = studio, studio.data
        self._signs = ""  # which sign is shown
        self._drawn: Array | None = None  # the last drawing that was made the probe
        self.setAcceptDrops(True)
        self._pad = DrawingPad(studio.theme)
        self._pad.setAccessibleName("Probe image")
        self._caption = Caption()
        self._caption.setObjectName("probe_caption")
        self._draw = self._button(
            "draw", "Draw", "Draw an image with the mouse and watch the votes; once more goes back to the sample."
        )
        self._draw.setCheckable(True)
        self._clear = self._button("clear", "Clear", "Take all ink away; the right mouse button erases a part.")
        self._previous = self._button("previous", "", "Look at the image before this one.")
        self._previous.setAccessibleName("Previous sample")
        self._next = self._button("next", "Next sample", "Look at the next test image.")
        self._votes = Votes(studio.theme)
        self._verdict, self._sign = BodyText(), QLabel()
        self._verdict.setObjectName("probe_verdict")
        self._empty = EmptyState("An image of the data will be shown here, and how the network votes on it.")
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._make_page())
        self._tell = QTimer(self)
        self._tell.setSingleShot(True)
        self._tell.setInterval(TELL)
        self._tell.timeout.connect(self._on_tell)
        self._draw.toggled.connect(self._on_draw_toggled)
        self._clear.clicked.connect(self._on_clear_clicked)
        self._previous.clicked.connect(self._on_previous_clicked)
        self._next.clicked.connect(studio.data.show_next)
        self._pad.drawn.connect(self._on_drawn)
        studio.data.probe_changed.connect(self._on_probe_changed)
        studio.data.failed.connect(self._empty.show_text)
        studio.live.maps_changed.connect(self._on_maps_changed)
        studio.theme.changed.connect(self._on_theme_changed)
        self._on_probe_changed(studio.data.probe)
        self._on_theme_changed()

    def _button(self, name: str, text: str, help_text: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"probe_{name}")
        button.setToolTip(tooltip(help_text))
        return button

    def _make_page(self) -> QWidget:
        page = QWidget()
        self._left = QWidget()
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        for button in (self._draw, self._clear, self._previous, self._next):
            buttons.addWidget(button)
        buttons.addStretch(1)
        left = QVBoxLayout(self._left)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(4)
        left.addWidget(self._pad, 100)
        left.addWidget(self._caption)
        left.addSpacing(4)
        left.addLayout(buttons)
        left.addStretch(1)
        verdict = QHBoxLayout()
        verdict.setSpacing(6)
        verdict.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        verdict.addWidget(self._verdict, 1)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addWidget(_Quiet("Votes for this image"))
        right.addWidget(self._votes, 1)
        right.addLayout(verdict)
        row = QHBoxLayout(page)
        row.setContentsMargins(12, 12, 12, 8)
        row.setSpacing(16)
        row.addWidget(self._left)
        row.addLayout(right, 1)
        return page

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = int(max(min(self.height() - BELOW, self.width() * 0.48), NARROWEST))
        self._left.setFixedWidth(width)
        self._pad.setMaximumHeight(width)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._data.dataset is not None and len(event.mimeData().urls()) == 1:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self._studio.look_at(Path(event.mimeData().urls()[0].toLocalFile()))

    def _on_probe_changed(self, probe: Probe | None) -> None:
        if probe is None or self._data.dataset is None:
            self._pages.setCurrentIndex(0)
            return
        if probe.stored is not self._drawn:
            self._draw.setChecked(False)
        self._pad.show_image(pixels_to_qimage(brightness(probe.stored, self._data.dataset.limits)))
        self._caption.setText(probe.caption)
        self._pages.setCurrentIndex(1)
        self._show_tools()

    def _loss(self, output: NodeId) -> Loss | None:
        block = self._studio.session.report.blocks.get(output)
        return block.loss if block is not None else None

    def _on_maps_changed(self, maps: FeatureMaps) -> None:
        """Show what reached the output layer."""
        output = next(iter(self._studio.session.graph.output_nodes), None)
        loss = self._loss(output.id) if output is not None else None
        votes = maps.arrays.get(output.id) if output is not None else None
        dataset, probe = self._data.dataset, self._data.probe
        usable = votes is not None and dataset is not None and votes.shape == (len(dataset.class_names),)
        self._votes.setVisible(usable)
        self._sign.setVisible(usable)
        if output is None or votes is None or dataset is None:
            self._verdict.setText("The votes appear once the network is complete.")
        elif not usable and loss is not None and loss.is_classification:
            self._verdict.setText(
                f"Output gets {votes.size} votes, but the data has {len(dataset.class_names)} classes; see Problems."
            )
        elif not usable:
            self._verdict.setText("This network does not vote on classes; the Output layer shows its answer.")
        else:
            shares = loss is not None and loss.outputs_probabilities
            true = probe.label if probe is not None else None
            ballot = Ballot.of(dataset.class_names, votes, shares=shares, true=true)
            self._votes.show_ballot(ballot)
            self._verdict.setText(ballot.verdict())
            self._show_sign(ballot.right)

    def _show_sign(self, right: bool | None) -> None:
        kind = {True: "good", False: "problem"}.get(right) if right is not None else None
        self._sign.setVisible(kind is not None)
        if kind is not None and kind != self._signs:
            self._signs = kind
            self._sign.setPixmap(self._studio.theme.pixmap(kind, kind, 16, self.devicePixelRatioF()))

    def _show_tools(self) -> None:
        drawing = self._draw.isChecked()
        self._clear.setVisible(drawing)
        self._previous.setVisible(not drawing)
        self._next.setVisible(not drawing)

    def _on_draw_toggled(self, drawing: bool) -> None:
        dataset = self._data.dataset
        self._pad.begin(Drawing(dataset.shape) if drawing and dataset is not None else None)
        self._show_tools()
        if drawing:
            self._pad.setFocus()
            self._on_tell()
        elif self._data.probe is not None and self._data.probe.stored is self._drawn:
            self._data.show_sample(self._data.index)

    def _on_clear_clicked(self) -> None:
        if self._pad.drawing is not None:
            self._pad.drawing.clear()
            self._on_tell()

    def _on_previous_clicked(self) -> None:
        self._data.show_sample(self._data.index - 1)

    def _on_drawn(self) -> None:
        if not self._tell.isActive():
            self._tell.start()

    def _on_tell(self) -> None:
        """Make the drawing the probe."""
        if self._pad.drawing is not None and self._data.dataset is not None:
            self._drawn = self._pad.drawing.stored(self._data.dataset)
            self._data.show_image(self._drawn, "your drawing")

    def _on_theme_changed(self) -> None:
        self._previous.setIcon(self._studio.theme.icon("previous"))
        self._signs = ""
        self._on_maps_changed(self._studio.live.maps)
        self._pad.update()


class _Quiet(QLabel):
    """A heading in the size of the text; the style sheet knows this class by name."""
