"""The Mistakes panel: misclassified test images, most confident first."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from cnnstudio.array import Array
from cnnstudio.gui.look.array_images import pixels_to_qimage
from cnnstudio.gui.look.number_format import format_count
from cnnstudio.gui.state.data_source import brightness
from cnnstudio.gui.state.evaluator import Cell, EvaluationResult
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.empty_state import EmptyState
from cnnstudio.gui.widgets.labels import Caption, tooltip
from cnnstudio.gui.widgets.outdated_frame import OutdatedFrame

MAX_IMAGES = 200
IMAGE_SIZE = 56  # pixels
ARROW_WIDTH, MAX_CAPTION_WIDTH = 24, 140  # pixels
INDEX = Qt.ItemDataRole.UserRole.value  # data role of an image's index within its split
EMPTY = "Evaluate the test images to see those that the network misclassifies, most confident first."
NO_CLASSES = "This network is not a classifier, so there are no mistakes to show."
HELP = "Evaluate the network on all test images, using its current weights."


class MistakesPanel(QWidget):
    """A grid of images; clicking one makes it the probe image."""

    title = "Mistakes"

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._evaluator = studio, studio.evaluator
        self._stale = True
        self._empty = EmptyState(EMPTY, name="mistakes_empty")
        self._begin = self._empty.add_action("mistakes_begin", "Evaluate test images", HELP, self._evaluator.start)
        self._caption = Caption()
        self._caption.setObjectName("mistakes_caption")
        self._all = QPushButton("All mistakes")
        self._all.setObjectName("mistakes_all")
        self._all.setToolTip(tooltip("Show all misclassified images, not just those of the selected cell."))
        self._list = QListWidget()
        self._list.setObjectName("mistakes_list")
        self._list.setAccessibleName("Misclassified images")
        self._list.setToolTip(tooltip("Click an image to use it as the probe image."))
        self._list.setViewMode(QListView.ViewMode.IconMode)
        self._list.setResizeMode(QListView.ResizeMode.Adjust)
        self._list.setMovement(QListView.Movement.Static)
        self._list.setUniformItemSizes(True)
        self._list.setIconSize(QSize(IMAGE_SIZE, IMAGE_SIZE))
        self._list.setSpacing(2)
        head = QHBoxLayout()
        head.addWidget(self._caption, 1)
        head.addWidget(self._all)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 8, 12, 4)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._list, 1)
        results = QWidget()
        self._frame = OutdatedFrame(studio.theme, results, "mistakes", "Evaluate again", HELP, self._evaluator.start)
        self._pages = QStackedLayout(results)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._frame)
        self._list.itemSelectionChanged.connect(self._on_selection_changed)
        self._list.itemClicked.connect(self._on_item_clicked)
        self._all.clicked.connect(self._on_all_clicked)
        self._evaluator.result_changed.connect(self._on_changed)
        self._evaluator.cell_chosen.connect(self._on_changed)
        studio.session.report_changed.connect(self._on_report_changed)
        self._evaluator.outdated_changed.connect(self._show_outdated)
        self._evaluator.state_changed.connect(self._show_outdated)
        studio.live.network_changed.connect(self._show_outdated)
        self._show_outdated()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._fill()

    def _on_changed(self, change: object) -> None:
        self._stale = True
        if self.isVisible():
            self._fill()

    def _on_report_changed(self, report: object) -> None:
        if self._evaluator.result is None:
            self._on_changed(report)

    def _show_outdated(self, *changes: object) -> None:
        evaluator = self._evaluator
        self._frame.show_outdated(evaluator.outdated, why_not=evaluator.why_not(), computing=evaluator.busy)

    def _fill(self) -> None:
        self._stale = False
        result, cell = self._evaluator.result, self._evaluator.cell
        evaluation = result.predictions.evaluation if result is not None else None
        possible = evaluation.confusion is not None if evaluation is not None else self._studio.shown.is_classifier
        self._begin.setVisible(result is None and possible)
        if result is None or not possible:
            self._empty.show_text(EMPTY if possible else NO_CLASSES)
            self._pages.setCurrentIndex(0)
            return
        indices = result.predictions.in_cell(cell.true, cell.predicted) if cell else result.predictions.mistakes()
        if not len(indices) and cell is None:
            self._empty.show_text(
                f"All {format_count(len(result.predictions.labels))} images were classified correctly."
            )
            self._pages.setCurrentIndex(0)
            return
        self._caption.setText(_caption(result, cell, len(indices)))
        self._all.setVisible(cell is not None)
        self._show(result, indices[:MAX_IMAGES])
        self._pages.setCurrentIndex(1)

    def _show(self, result: EvaluationResult, indices: Array) -> None:
        self._list.blockSignals(True)
        self._list.clear()
        longest = max(map(self._list.fontMetrics().horizontalAdvance, result.dataset.class_names))
        self._cell = QSize(min(max(IMAGE_SIZE, 2 * longest + ARROW_WIDTH), MAX_CAPTION_WIDTH) + 12, IMAGE_SIZE + 26)
        for index in indices.tolist():
            self._list.addItem(self._item(result, index))
        self._list.blockSignals(False)

    def _item(self, result: EvaluationResult, index: int) -> QListWidgetItem:
        predictions, names = result.predictions, result.dataset.class_names
        true, predicted = names[predictions.labels[index]], names[predictions.predicted[index]]
        stored = result.dataset.images[result.dataset.splits[predictions.split][index]]
        image = pixels_to_qimage(brightness(stored, result.dataset.limits))
        sharp = round(IMAGE_SIZE * self.devicePixelRatioF())
        pixmap = QPixmap.fromImage(image).scaled(sharp, sharp, Qt.AspectRatioMode.KeepAspectRatio)
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        item = QListWidgetItem(QIcon(pixmap), f"{true} → {predicted}")
        item.setData(INDEX, index)
        item.setSizeHint(self._cell)
        sentence = f"{true} classified as {predicted}, score {predictions.confidence[index]:.3g}."
        item.setToolTip(tooltip(sentence))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, sentence)
        return item

    def _on_selection_changed(self) -> None:
        """Show the image that was selected by keys; the focus alone, which selects none, shows none."""
        for item in self._list.selectedItems():
            self._on_item_clicked(item)

    def _on_item_clicked(self, item: QListWidgetItem) -> None:
        self._studio.data.show_sample(item.data(INDEX))

    def _on_all_clicked(self) -> None:
        self._evaluator.choose(None)


def _caption(result: EvaluationResult, cell: Cell | None, count: int) -> str:
    """How many images there are and which of them are shown."""
    shown = f"; showing the first {MAX_IMAGES}" if count > MAX_IMAGES else ""
    if cell is None:
        total = format_count(len(result.predictions.labels))
        split = result.predictions.split
        return f"{format_count(count)} of {total} {split} images misclassified, most confident first{shown}."
    names = result.dataset.class_names
    images = {0: "No images", 1: "1 image"}.get(count, f"{format_count(count)} images")
    if cell.true == cell.predicted:
        return f"{images} of class “{names[cell.true]}” classified correctly{shown}."
    return f"{images} of class “{names[cell.true]}” classified as “{names[cell.predicted]}”{shown}."
