"""The layout shared by all forms, so that labels and fields line up across forms."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout

LABEL_WIDTH = 92  # pixels
ROW_GAP = 6


def form_layout() -> QFormLayout:
    """An empty form layout without margins whose fields fill the width; set its labels to `LABEL_WIDTH`.

    A field that is too wide to stand beside its label is put below it.
    """
    layout = QFormLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setHorizontalSpacing(4)
    layout.setVerticalSpacing(ROW_GAP)
    layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    return layout
