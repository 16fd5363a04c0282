"""Several selected layers: which, and what can be done with all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from cnnstudio.gui.look.number_format import format_count
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.session import Session
from cnnstudio.gui.widgets.flow_layout import FlowLayout
from cnnstudio.gui.widgets.labels import BodyText, Caption, tooltip

MOST_NAMES = 12


class SelectionPage(QWidget):
    """Says what is selected, and offers to copy, duplicate or delete it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._names, self._sum = BodyText(), Caption()
        self._names.setObjectName("selected_names")
        buttons = FlowLayout(4)
        for name, text, help_text, action in (
            ("duplicate", "Duplicate", "Add copies of these layers beside them.", editing.duplicate_selection),
            ("copy", "Copy", "Put these layers on the clipboard.", editing.copy_selection),
            ("delete", "Delete", "Remove these layers; chains are joined again.", editing.delete_selection),
        ):
            button = QPushButton(text)
            button.setObjectName(f"{name}_selected")
            button.setToolTip(tooltip(help_text))
            button.clicked.connect(partial(self._do, action))
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._names)
        column.addWidget(self._sum)
        column.addLayout(buttons)
        column.addStretch(1)
        session.selection_changed.connect(self._on_changed)
        session.report_changed.connect(self._on_changed)

    def _do(self, action: Callable[[Session], None], checked: bool = False) -> None:
        action(self._session)

    def _on_changed(self, change: object) -> None:
        graph, chosen = self._session.graph, self._session.selection
        if len(chosen) < 2:
            return
        names = [graph.nodes[key].name for key in chosen if key in graph.nodes]
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        self._names.setText(f"{', '.join(names[:MOST_NAMES])}{more}.")
        blocks = [self._session.report.blocks[key] for key in chosen if key in self._session.report.blocks]
        parameters, steps = sum(b.parameters for b in blocks), sum(b.macs for b in blocks)
        self._sum.setText(
            f"Together they have {format_count(parameters)} parameters and take {format_count(steps)} multiply-adds "
            "for one image. Select a single layer to change it."
        )
