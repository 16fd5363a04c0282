"""One editor for each kind of parameter."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from cnnstudio.gui.widgets.forms.number_box import NumberBox
from cnnstudio.gui.widgets.forms.text_field import TextField
from cnnstudio.gui.widgets.labels import Caption, tooltip
from cnnstudio.spec import ChoiceParam, FlagParam, NumberParam, NumbersParam, PairParam, Param, ParamError
from cnnstudio.spec.number_text import format_numbers, parse_numbers

PAIR_WIDTH = 31  # pixels: two digits and the air before them
MOST_BOXES = 4  # a longer list is typed as a line of text


class Editor(QWidget):
    """Shows a parameter's value and tells what people make of it; `field` is what takes the keyboard."""

    edited = Signal(object)  # a value that the parameter accepts
    refused = Signal(str)  # why what is typed cannot be taken, empty when it can again

    def __init__(self, field: QWidget) -> None:
        super().__init__()
        self.field = field
        self.setFocusProxy(field)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(4)

    def identify(self, name: str, label: str, help_text: str) -> None:
        """Tell tests, screen readers and the mouse what this is."""
        self.field.setObjectName(name)
        self.field.setAccessibleName(label)
        self.field.setToolTip(help_text)

    def show_value(self, value: Any) -> None:
        """Show a value that was set elsewhere; nothing is told."""
        raise NotImplementedError


class NumberEditor(Editor):
    """A field for one number."""

    def __init__(self, param: NumberParam) -> None:
        self._box = NumberBox(param)
        super().__init__(self._box)
        self.row.addWidget(self._box)
        self._box.edited.connect(self.edited)
        self._box.refused.connect(self.refused)

    def show_value(self, value: Any) -> None:
        self._box.show_number(value)


class PairEditor(Editor):
    """Two fields for height and width. Linked, they change together; typing × between two numbers parts them."""

    def __init__(self, param: PairParam) -> None:
        number = NumberParam(default=param.min, help=param.help, min=param.min, max=param.max, integral=True)
        self._boxes = NumberBox(number, narrow=True), NumberBox(replace(number, unit=param.unit), narrow=True)
        super().__init__(self._boxes[0])
        frame = QFrame()
        frame.setProperty("field", True)
        inside = QHBoxLayout(frame)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        self._boxes[0].lineEdit().setTextMargins(9, 0, 0, 0)
        self._boxes[0].setFixedWidth(PAIR_WIDTH + 9 * (param.max > 99))
        inside.addWidget(self._boxes[0])
        inside.addWidget(QLabel("×"))
        inside.addWidget(self._boxes[1], 1)
        self._frame = frame
        self._link = QToolButton()
        self._link.setCheckable(True)
        self._link.setChecked(True)
        self._link.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.row.addWidget(frame, 1)
        self.row.addWidget(self._link)
        for box in self._boxes:
            box.edited.connect(self._on_edited)
            box.refused.connect(self.refused)
            box.installEventFilter(self)

    def identify(self, name: str, label: str, help_text: str) -> None:
        super().identify(f"{name}_height", f"{label}, height", help_text)
        self.setObjectName(name)
        self._boxes[1].setObjectName(f"{name}_width")
        self._boxes[1].setAccessibleName(f"{label}, width")
        self._boxes[1].setToolTip(help_text)
        self._link.setObjectName(f"{name}_linked")
        self._link.setAccessibleName(f"{label}: height and width alike")
        self._link.setToolTip(tooltip("Keep height and width alike; on unless they differ."))

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


class BoxesEditor(Editor):
    """A short list in which each number has a name: a field for each, its name below."""

    def __init__(self, param: NumbersParam) -> None:
        self._names = param.names
        number = NumberParam(default=param.min, help=param.help, min=param.min, max=param.max, integral=param.integral)
        self._boxes = [NumberBox(number, narrow=True) for _ in param.names]
        super().__init__(self._boxes[0])
        for box, name in zip(self._boxes, param.names, strict=True):
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(box)
            column.addWidget(Caption(name), 0, Qt.AlignmentFlag.AlignTop)
            self.row.addLayout(column, 1)
            box.edited.connect(self._on_edited)
            box.refused.connect(self.refused)

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


class ListEditor(Editor):
    """A list of numbers as a line of text."""

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
        self.refused.emit("")

    def _on_text_edited(self, text: str) -> None:
        try:
            self._param.accept(parse_numbers(text))
        except ParamError as error:
            self.refused.emit(str(error))
        else:
            self.refused.emit("")

    def _on_entered(self, text: str) -> None:
        try:
            value = self._param.accept(parse_numbers(text))
        except ParamError:
            value = self._value
        changed = value != self._value
        self.show_value(value)
        if changed:
            self.edited.emit(value)


class ChoiceBox(QComboBox):
    """A combo box that leaves the wheel to the panel unless it has the keyboard."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ChoiceEditor(Editor):
    """A list to choose from."""

    def __init__(self, param: ChoiceParam) -> None:
        self._box = ChoiceBox()
        super().__init__(self._box)
        for option, label in zip(param.options, param.labels or param.options, strict=True):
            self._box.addItem(label, option)
        self.row.addWidget(self._box)
        self._box.currentIndexChanged.connect(self._on_index_changed)

    def show_value(self, value: Any) -> None:
        self._box.blockSignals(True)
        self._box.setCurrentIndex(self._box.findData(value))
        self._box.blockSignals(False)

    def _on_index_changed(self, index: int) -> None:
        self.edited.emit(self._box.itemData(index))


class FlagEditor(Editor):
    """A box to tick."""

    def __init__(self, param: FlagParam) -> None:
        self._box = QCheckBox()
        super().__init__(self._box)
        self.row.addWidget(self._box, 0, Qt.AlignmentFlag.AlignLeft)
        self._box.clicked.connect(self._on_clicked)

    def show_value(self, value: Any) -> None:
        self._box.setChecked(value)

    def _on_clicked(self, checked: bool) -> None:
        self.edited.emit(checked)


@singledispatch
def editor_for(param: Param) -> Editor:
    """An editor for a parameter of this kind."""
    raise TypeError(f"no editor for {type(param).__name__}")


editor_for.register(NumberParam, NumberEditor)
editor_for.register(PairParam, PairEditor)
editor_for.register(ChoiceParam, ChoiceEditor)
editor_for.register(FlagParam, FlagEditor)


@editor_for.register
def _(param: NumbersParam) -> Editor:
    named = len(param.names) == param.lengths[0] == param.lengths[1] <= MOST_BOXES
    return BoxesEditor(param) if named else ListEditor(param)
