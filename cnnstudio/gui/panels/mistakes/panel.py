"""Mistakes: test images that were answered wrongly, the most certain first."""

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
from cnnstudio.gui.state.evaluator import Cell, Judged
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.empty_state import EmptyState
from cnnstudio.gui.widgets.labels import Caption, tooltip

MOST = 200  # images shown at once
SIZE = 56  # pixels that an image is shown wide
ARROW, WIDEST = 24, 140  # pixels of the arrow in a caption, and of the widest caption
PLACE = Qt.ItemDataRole.UserRole.value  # an item's place in the split
EMPTY = "Test images that the network gets wrong will be shown here, the most certain mistakes first."


class MistakesPanel(QWidget):
    """Images in rows; one that is clicked becomes the probe."""

    title = "Mistakes"

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._judge = studio, studio.judge
        self._stale = True
        self._empty = EmptyState(EMPTY)
        self._begin = self._empty.add_action(
            "mistakes_begin", "Judge the test images", "Let the network answer every test image.", self._judge.start
        )
        self._caption = Caption()
        self._caption.setObjectName("mistakes_caption")
        self._all = QPushButton("All mistakes")
        self._all.setObjectName("mistakes_all")
        self._all.setToolTip(tooltip("Show every image that was answered wrongly, not only those of one cell."))
        self._list = QListWidget()
        self._list.setObjectName("mistakes_list")
        self._list.setAccessibleName("Wrongly answered images")
        self._list.setToolTip(tooltip("Click an image to make it the probe."))
        self._list.setViewMode(QListView.ViewMode.IconMode)
        self._list.setResizeMode(QListView.ResizeMode.Adjust)
        self._list.setMovement(QListView.Movement.Static)
        self._list.setUniformItemSizes(True)
        self._list.setIconSize(QSize(SIZE, SIZE))
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
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(page)
        self._list.currentItemChanged.connect(self._on_current_changed)
        self._list.itemClicked.connect(self._on_item_clicked)
        self._all.clicked.connect(self._on_all_clicked)
        self._judge.judged_changed.connect(self._on_changed)
        self._judge.cell_chosen.connect(self._on_changed)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._fill()

    def _on_changed(self, change: object) -> None:
        self._stale = True
        if self.isVisible():
            self._fill()

    def _fill(self) -> None:
        self._stale = False
        judged, cell = self._judge.judged, self._judge.cell
        self._begin.setVisible(judged is None)
        if judged is None or judged.judgement.evaluation.confusion is None:
            self._empty.show_text(
                EMPTY if judged is None else "This network does not vote on classes, so it makes no mistakes."
            )
            self._pages.setCurrentIndex(0)
            return
        places = judged.judgement.answered(cell.true, cell.given) if cell else judged.judgement.mistakes()
        if not len(places) and cell is None:
            self._empty.show_text(
                f"Not one of the {format_count(len(judged.judgement.labels))} images was answered wrongly."
            )
            self._pages.setCurrentIndex(0)
            return
        self._caption.setText(_caption(judged, cell, len(places)))
        self._all.setVisible(cell is not None)
        self._show(judged, places[:MOST])
        self._pages.setCurrentIndex(1)

    def _show(self, judged: Judged, places: Array) -> None:
        self._list.blockSignals(True)
        self._list.clear()
        longest = max(map(self._list.fontMetrics().horizontalAdvance, judged.dataset.class_names))
        self._cell = QSize(min(max(SIZE, 2 * longest + ARROW), WIDEST) + 12, SIZE + 26)
        for place in places.tolist():
            self._list.addItem(self._item(judged, place))
        self._list.blockSignals(False)

    def _item(self, judged: Judged, place: int) -> QListWidgetItem:
        judgement, names = judged.judgement, judged.dataset.class_names
        true, given = names[judgement.labels[place]], names[judgement.answers[place]]
        stored = judged.dataset.images[judged.dataset.splits[judgement.split][place]]
        image = pixels_to_qimage(brightness(stored, judged.dataset.limits))
        sharp = round(SIZE * self.devicePixelRatioF())
        pixmap = QPixmap.fromImage(image).scaled(sharp, sharp, Qt.AspectRatioMode.KeepAspectRatio)
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        item = QListWidgetItem(QIcon(pixmap), f"{true} → {given}")
        item.setData(PLACE, place)
        item.setSizeHint(self._cell)
        sentence = f"An image of {true}, taken for {given}; vote {judgement.certainty[place]:.3g}."
        item.setToolTip(tooltip(sentence))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, sentence)
        return item

    def _on_current_changed(self, item: QListWidgetItem | None, before: QListWidgetItem | None) -> None:
        if item is not None and self._list.hasFocus():
            self._on_item_clicked(item)

    def _on_item_clicked(self, item: QListWidgetItem) -> None:
        self._studio.data.show_sample(item.data(PLACE))

    def _on_all_clicked(self) -> None:
        self._judge.choose(None)


def _caption(judged: Judged, cell: Cell | None, count: int) -> str:
    """How many images there are, and which are shown."""
    shown = f"; the first {MOST} are shown" if count > MOST else ""
    if cell is None:
        total = format_count(len(judged.judgement.labels))
        return f"{format_count(count)} of {total} {judged.judgement.split} images are wrong, surest first{shown}."
    names = judged.dataset.class_names
    images = {0: "No image", 1: "1 image"}.get(count, f"{format_count(count)} images")
    if cell.true == cell.given:
        return f"{images} of {names[cell.true]}, recognized{shown}."
    return f"{images} of {names[cell.true]}, taken for {names[cell.given]}{shown}."
