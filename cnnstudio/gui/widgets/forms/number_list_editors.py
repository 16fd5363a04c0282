"""Editors for lists of numbers: a box for each named number, or one line of text."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout

from cnnstudio.gui.widgets.forms.editor import Editor
from cnnstudio.gui.widgets.forms.number_box import NumberBox
from cnnstudio.gui.widgets.forms.text_field import TextField
from cnnstudio.gui.widgets.labels import Caption
from cnnstudio.spec import NumberParam, NumbersParam, ParamError
from cnnstudio.spec.number_text import format_numbers, parse_numbers

MAX_BOXES = 4


def number_list_editor(param: NumbersParam) -> Editor:
    """Boxes if each number has a name and there are at most `MAX_BOXES`, else a line of text."""
    named = len(param.names) == param.lengths[0] == param.lengths[1] <= MAX_BOXES
    return NamedNumbersEditor(param) if named else NumberListEditor(param)


class NamedNumbersEditor(Editor):
    """A box for each number with its name below, such as the channels, height and width of a shape.

    Four boxes form two rows: side by side they would be too wide for a panel.
    """

    def __init__(self, param: NumbersParam) -> None:
        self._names = param.names
        number = NumberParam(default=param.min, help=param.help, min=param.min, max=param.max, integral=param.integral)
        self._boxes = [NumberBox(number, narrow=True) for _ in param.names]
        super().__init__(self._boxes[0])
        grid = QGridLayout()
        grid.setVerticalSpacing(2)
        self.row.addLayout(grid)
        across = len(param.names) if len(param.names) < MAX_BOXES else MAX_BOXES // 2
        for index, (box, name) in enumerate(zip(self._boxes, param.names, strict=True)):
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(box)
            column.addWidget(Caption(name), 0, Qt.AlignmentFlag.AlignTop)
            grid.addLayout(column, *divmod(index, across))
            grid.setColumnStretch(index % across, 1)
            box.edited.connect(self._on_edited)
            box.rejected.connect(self.rejected)

    def identify(self, name: str, label: str, help_text: str) -> None:
        super().identify(name, label, help_text)
        self.setObjectName(name)
        for box, part in zip(self._boxes, self._names, strict=True):
            box.setObjectName(f"{name}_{part}")
            box.setAccessibleName(f"{label}, {part}")
            box.setToolTip(help_text)

    def show_value(self, value: Any) -> None:
        for box, number in zip(self._boxes, value, strict=True):
            box.show_number(number)

    def _on_edited(self, number: object) -> None:
        self.edited.emit(tuple(box.number for box in self._boxes))


class NumberListEditor(Editor):
    """A line of text with numbers separated by commas or spaces."""

    def __init__(self, param: NumbersParam) -> None:
        self._param = param
        self._line = TextField()
        self._line.setPlaceholderText("none" if param.lengths[0] == 0 else "1, 2, 3")
        super().__init__(self._line)
        self.row.addWidget(self._line)
        self._line.entered.connect(self._on_entered)
        self._line.textEdited.connect(self._on_text_edited)
        self._value: Any = param.default

    def show_value(self, value: Any) -> None:
        self._value = value
        self._line.show_text(format_numbers(value))
        self.rejected.emit("")

    def _on_text_edited(self, text: str) -> None:
        try:
            self._param.accept(parse_numbers(text))
        except ParamError as error:
            self.rejected.emit(str(error))
        else:
            self.rejected.emit("")

    def _on_entered(self, text: str) -> None:
        try:
            value = self._param.accept(parse_numbers(text))
        except ParamError:
            value = self._value
        changed = value != self._value
        self.show_value(value)
        if changed:
            self.edited.emit(value)
