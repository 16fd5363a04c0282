"""The Confusion panel: evaluates the test images and shows the confusion matrix."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from cnnstudio.gui.look.number_format import format_count, format_percent
from cnnstudio.gui.panels.confusion.grid import ConfusionGrid
from cnnstudio.gui.state.evaluator import Cell, EvaluationProgress, EvaluationResult
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.empty_state import EmptyState
from cnnstudio.gui.widgets.labels import Caption, tooltip
from cnnstudio.gui.widgets.outdated_frame import OutdatedFrame

EMPTY = "Evaluate the test images to see which classes the network confuses."
NO_CLASSES = "This network is not a classifier: an evaluation gives its loss on the test images, without a matrix."
HELP = "Evaluate the network on all test images, using its current weights."
HINT = "Rows are true classes, columns predicted classes. Click a cell to see its images."


class ConfusionPanel(QWidget):
    """Accuracy and loss, the matrix, and a description of the cell under the mouse."""

    title = "Confusion"

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._evaluator = studio, studio.evaluator
        self._empty = EmptyState(EMPTY, name="confusion_empty")
        self._first = self._empty.add_action("confusion_begin", "Evaluate test images", HELP, studio.evaluator.start)
        self._summary, self._sentence = Caption(), Caption(HINT)
        self._summary.setObjectName("confusion_summary")
        self._sentence.setObjectName("confusion_sentence")
        self._grid = ConfusionGrid(studio.theme)
        self._bar = QProgressBar()
        self._bar.setObjectName("confusion_progress")
        self._bar.setAccessibleName("Evaluation progress")
        self._bar.setTextVisible(False)
        self._stop = QPushButton("Cancel")
        self._stop.setObjectName("confusion_stop")
        self._stop.setToolTip(tooltip("Cancel the evaluation and keep the previous results."))
        results = QWidget()
        self._frame = OutdatedFrame(studio.theme, results, "confusion", "Evaluate again", HELP, studio.evaluator.start)
        self._pages = QStackedLayout(results)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._make_page())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self._frame, 1)
        self._stop.clicked.connect(studio.evaluator.stop)
        self._grid.hovered.connect(self._on_hovered)
        self._grid.chosen.connect(self._on_chosen)
        studio.evaluator.state_changed.connect(self._on_state_changed)
        studio.evaluator.progressed.connect(self._on_progressed)
        studio.evaluator.result_changed.connect(self._on_result_changed)
        studio.evaluator.outdated_changed.connect(self._update_buttons)
        studio.live.network_changed.connect(self._update_buttons)
        studio.data.dataset_changed.connect(self._update_buttons)
        studio.session.report_changed.connect(self._update_buttons)
        self._on_state_changed(studio.evaluator.busy)
        self._on_result_changed(studio.evaluator.result)

    def _make_page(self) -> QWidget:
        page = QWidget()
        head = QHBoxLayout()
        head.addWidget(self._summary, 1)
        head.addWidget(self._stop)
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._grid, 1)
        column.addWidget(self._sentence)
        return page

    def _update_buttons(self, change: object) -> None:
        evaluator, why_not = self._evaluator, self._evaluator.why_not()
        self._first.setEnabled(not why_not)
        self._first.setToolTip(tooltip(why_not or HELP))
        if evaluator.result is None:
            self._empty.show_text(EMPTY if self._studio.shown.is_classifier else NO_CLASSES)
        self._frame.show_outdated(evaluator.outdated, why_not=why_not, computing=evaluator.busy)

    def _on_state_changed(self, busy: bool) -> None:
        self._bar.setVisible(busy)
        self._bar.setValue(0)
        self._stop.setVisible(busy)
        self._first.setVisible(not busy and self._evaluator.result is None)
        self._update_buttons(None)

    def _on_progressed(self, progress: EvaluationProgress) -> None:
        self._bar.setRange(0, progress.total)
        self._bar.setValue(progress.done)

    def _on_result_changed(self, result: EvaluationResult | None) -> None:
        self._first.setVisible(result is None and not self._evaluator.busy)
        if result is None:
            self._update_buttons(None)
            self._pages.setCurrentIndex(0)
            return
        evaluation, split = result.predictions.evaluation, result.predictions.split
        if evaluation.confusion is None or evaluation.accuracy is None:
            self._empty.show_text(f"This network is not a classifier. Test loss: {evaluation.loss:.4g}.")
            self._pages.setCurrentIndex(0)
            return
        self._summary.setText(
            f"{format_percent(evaluation.accuracy)} of {format_count(evaluation.samples)} {split} images correct · "
            f"loss {evaluation.loss:.3g} · after step {format_count(result.step)}"
        )
        self._grid.show_counts(evaluation.confusion, result.dataset.class_names)
        self._pages.setCurrentIndex(1)

    def _on_hovered(self, sentence: str) -> None:
        self._sentence.setText(sentence or HINT)

    def _on_chosen(self, cell: Cell) -> None:
        self._evaluator.choose(cell)
