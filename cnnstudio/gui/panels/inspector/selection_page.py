"""The inspector's page for several selected layers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from cnnstudio.gui.look.number_format import format_count
from cnnstudio.gui.state import clipboard, editing
from cnnstudio.gui.state.session import Session
from cnnstudio.gui.widgets.flow_layout import FlowLayout
from cnnstudio.gui.widgets.labels import BodyText, Caption, tooltip

MAX_NAMES = 12


class SelectionPage(QWidget):
    """Lists the selected layers with buttons to duplicate, copy or delete them."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._names, self._sum = BodyText(), Caption()
        self._names.setObjectName("selected_names")
        buttons = FlowLayout(4)
        for name, text, help_text, action in (
            ("duplicate", "Duplicate", "Duplicate the selected layers.", clipboard.duplicate_selection),
            ("copy", "Copy", "Copy the selected layers to the clipboard.", clipboard.copy_selection),
            ("delete", "Delete", "Delete the selected layers and reconnect their neighbors.", editing.delete_selection),
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
        more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
        self._names.setText(f"{', '.join(names[:MAX_NAMES])}{more}.")
        blocks = [self._session.report.blocks[key] for key in chosen if key in self._session.report.blocks]
        parameters, macs = sum(b.parameters for b in blocks), sum(b.macs for b in blocks)
        self._sum.setText(
            f"Total: {format_count(parameters)} parameters, {format_count(macs)} MACs per image. "
            "Select a single layer to edit it."
        )
