"""The editor for a height and a width, such as a kernel size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton

from cnnstudio.gui.widgets.forms.editor import Editor
from cnnstudio.gui.widgets.forms.number_box import NumberBox
from cnnstudio.gui.widgets.labels import tooltip
from cnnstudio.spec import NumberParam, PairParam

TWO_DIGITS = 31  # pixels, with the margin before them
ONE_MORE_DIGIT = 9


class PairEditor(Editor):
    """Two number boxes. While linked they change together; typing × (or x or *) between numbers unlinks them."""

    def __init__(self, param: PairParam) -> None:
        number = NumberParam(default=param.min, help=param.help, min=param.min, max=param.max, integral=True)
        self._boxes = NumberBox(number, narrow=True), NumberBox(replace(number, unit=param.unit), narrow=True)
        super().__init__(self._boxes[0])
        self._frame = QFrame()
        self._frame.setProperty("field", True)
        inside = QHBoxLayout(self._frame)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        self._boxes[0].lineEdit().setTextMargins(9, 0, 0, 0)
        self._boxes[0].setFixedWidth(TWO_DIGITS + ONE_MORE_DIGIT * (param.max > 99))
        inside.addWidget(self._boxes[0])
        inside.addWidget(QLabel("×"))
        inside.addWidget(self._boxes[1], 1)
        self._link = QToolButton()
        self._link.setCheckable(True)
        self._link.setChecked(True)
        self._link.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.row.addWidget(self._frame, 1)
        self.row.addWidget(self._link)
        for box in self._boxes:
            box.edited.connect(self._on_edited)
            box.rejected.connect(self.rejected)
            box.installEventFilter(self)

    def identify(self, name: str, label: str, help_text: str) -> None:
        super().identify(f"{name}_height", f"{label}, height", help_text)
        self.setObjectName(name)
        self._boxes[1].setObjectName(f"{name}_width")
        self._boxes[1].setAccessibleName(f"{label}, width")
        self._boxes[1].setToolTip(help_text)
        self._link.setObjectName(f"{name}_linked")
        self._link.setAccessibleName(f"{label}: link height and width")
        self._link.setToolTip(tooltip("Link height and width so that they stay equal."))

    def show_value(self, value: Any) -> None:
        if value[0] != value[1]:
            self._link.setChecked(False)
        for box, number in zip(self._boxes, value, strict=True):
            box.show_number(number)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._frame.setProperty("active", kind is QEvent.Type.FocusIn)
            self._frame.style().polish(self._frame)
        elif kind is QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.text() in tuple("x×*"):
            self._link.setChecked(False)
            self._boxes[1].setFocus()
            return True
        return super().eventFilter(watched, event)

    def _on_edited(self, number: int) -> None:
        if self._link.isChecked():
            for box in self._boxes:
                box.show_number(number)
        self.edited.emit(tuple(box.number for box in self._boxes))
