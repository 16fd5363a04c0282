"""The collapsible part of a form that holds advanced parameters."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QToolButton, QVBoxLayout, QWidget

from cnnstudio.gui.widgets.forms.form_layout import ROW_GAP
from cnnstudio.gui.widgets.labels import tooltip


class AdvancedSection(QWidget):
    """A button `More` and the rows that it shows and hides; collapsed at first."""

    def __init__(self, rows: QFormLayout) -> None:
        super().__init__()
        self._button = QToolButton()
        self._button.setObjectName("more")
        self._button.setText("More")
        self._button.setAccessibleName("More parameters")
        self._button.setToolTip(tooltip("Show advanced parameters."))
        self._button.setCheckable(True)
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._content = QWidget()
        self._content.setLayout(rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(ROW_GAP)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._content)
        self._button.toggled.connect(self.expand)
        self.expand(False)

    @property
    def expanded(self) -> bool:
        """Whether the rows are shown."""
        return self._button.isChecked()

    def expand(self, expanded: bool) -> None:
        """Show or hide the rows."""
        self._button.setChecked(expanded)
        self._button.setArrowType(Qt.ArrowType.DownArrow if expanded else Qt.ArrowType.RightArrow)
        self._content.setVisible(expanded)
