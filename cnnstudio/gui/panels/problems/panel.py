"""The Problems panel: everything that prevents the network from training, with fixes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from cnnstudio.graph import NodeId
from cnnstudio.gui.panels.shared.problem_list import ProblemList
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.empty_state import EmptyState


class ProblemsPanel(QWidget):
    """The problem list; updated only while visible."""

    title = "Problems"

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = studio.session
        self._list = ProblemList(studio.session, studio.theme, named=True)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 8, 12, 8)
        column.addWidget(self._list)
        column.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        self._empty = EmptyState("No problems. The network is ready to train.")
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(area)
        self._list.chosen.connect(self._on_chosen)
        studio.session.report_changed.connect(self._on_report_changed)
        self._update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._update()

    def _update(self) -> None:
        problems = self._session.report.problems
        self._list.show_problems(problems)
        self._pages.setCurrentIndex(1 if problems else 0)

    def _on_report_changed(self, report: object) -> None:
        if self.isVisible():
            self._update()

    def _on_chosen(self, node_id: NodeId) -> None:
        self._session.select([node_id])
