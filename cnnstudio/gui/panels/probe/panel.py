"""The Probe panel: the probe image, ways to choose or draw another, and the network's prediction."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from cnnstudio.array import Array
from cnnstudio.data.drawing import Drawing
from cnnstudio.gui.look.array_images import pixels_to_qimage
from cnnstudio.gui.panels.probe.drawing_pad import DrawingPad
from cnnstudio.gui.panels.probe.prediction_view import PredictionView
from cnnstudio.gui.state.data_source import Probe, brightness
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.empty_state import EmptyState
from cnnstudio.gui.widgets.labels import Caption, tooltip

PREDICT_INTERVAL = 30  # milliseconds between two predictions while drawing
HEIGHT_BELOW = 88  # pixels for caption, buttons and margins below the image
MIN_WIDTH = 208  # pixels that the buttons need in one row


class ProbePanel(QWidget):
    """The image on the left, the prediction on the right. An image file dropped here becomes the probe image."""

    title = "Probe"

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._data = studio, studio.data
        self._drawn: Array | None = None  # the last drawing that became the probe image
        self.setAcceptDrops(True)
        self._pad = DrawingPad(studio.theme)
        self._pad.setAccessibleName("Probe image")
        self._caption = Caption()
        self._caption.setObjectName("probe_caption")
        self._draw = self._button("draw", "Draw", "Draw an image with the mouse. Click again to return to the sample.")
        self._draw.setCheckable(True)
        self._clear = self._button("clear", "Clear", "Clear the drawing. The right mouse button erases parts of it.")
        self._center = QCheckBox("Center as in MNIST")
        self._center.setObjectName("probe_center")
        self._center.setToolTip(
            tooltip("Scale the drawing and move its center of mass to the middle, as was done to the digits of MNIST.")
        )
        self._center.setChecked(True)
        self._previous = self._button("previous", "", "Show the previous image.")
        self._previous.setAccessibleName("Previous image")
        self._next = self._button("next", "Next image", "Show the next image.")
        self._empty = EmptyState("The probe image and the network's prediction appear here once the dataset is read.")
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._make_page())
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PREDICT_INTERVAL)
        self._timer.timeout.connect(self._use_drawing)
        self._draw.toggled.connect(self._on_draw_toggled)
        self._center.toggled.connect(self._use_drawing)
        self._clear.clicked.connect(self._on_clear_clicked)
        self._previous.clicked.connect(self._on_previous_clicked)
        self._next.clicked.connect(studio.data.show_next)
        self._pad.drawn.connect(self._on_drawn)
        studio.data.probe_changed.connect(self._on_probe_changed)
        studio.data.failed.connect(self._empty.show_text)
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
        left.addWidget(self._center)
        left.addSpacing(4)
        left.addLayout(buttons)
        left.addStretch(1)
        row = QHBoxLayout(page)
        row.setContentsMargins(12, 12, 12, 8)
        row.setSpacing(16)
        row.addWidget(self._left)
        row.addWidget(PredictionView(self._studio), 1)
        return page

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = int(max(min(self.height() - HEIGHT_BELOW, self.width() * 0.48), MIN_WIDTH))
        self._left.setFixedWidth(width)
        self._pad.setMaximumHeight(width)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._data.dataset is not None and len(event.mimeData().urls()) == 1:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self._studio.show_image_file(Path(event.mimeData().urls()[0].toLocalFile()))

    def _on_probe_changed(self, probe: Probe | None) -> None:
        if probe is None or self._data.dataset is None:
            self._pages.setCurrentIndex(0)
            return
        if probe.stored is not self._drawn:
            self._draw.setChecked(False)
        drawing = self._pad.drawing if probe.stored is self._drawn else None
        shown = probe.stored if drawing is None else drawing.stored(self._data.dataset)  # it is drawn on as it is
        self._pad.show_image(pixels_to_qimage(brightness(shown, self._data.dataset.limits)))
        self._caption.setText(probe.caption)
        self._pages.setCurrentIndex(1)
        self._update_buttons()

    def _update_buttons(self) -> None:
        drawing = self._draw.isChecked()
        self._clear.setVisible(drawing)
        self._center.setVisible(drawing and self._pad.drawing is not None and self._pad.drawing.can_be_centered)
        self._previous.setVisible(not drawing)
        self._next.setVisible(not drawing)

    def _on_draw_toggled(self, drawing: bool) -> None:
        dataset = self._data.dataset
        self._pad.edit(Drawing(dataset.shape) if drawing and dataset is not None else None)
        self._update_buttons()
        if drawing:
            self._pad.setFocus()
            self._use_drawing()
        elif self._data.probe is not None and self._data.probe.stored is self._drawn:
            self._data.show_sample(self._data.index)

    def _on_clear_clicked(self) -> None:
        if self._pad.drawing is not None:
            self._pad.drawing.clear()
            self._use_drawing()

    def _on_previous_clicked(self) -> None:
        self._data.show_sample(self._data.index - 1)

    def _on_drawn(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _use_drawing(self) -> None:
        """Make the drawing the probe image."""
        if self._pad.drawing is not None and self._data.dataset is not None:
            centered = self._pad.drawing.can_be_centered and self._center.isChecked()
            self._drawn = self._pad.drawing.stored(self._data.dataset, centered=centered)
            self._data.show_image(self._drawn, f"your drawing{', centered as in MNIST' if centered else ''}")

    def _on_theme_changed(self) -> None:
        self._previous.setIcon(self._studio.theme.icon("previous"))
        self._pad.update()
