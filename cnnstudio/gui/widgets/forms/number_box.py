"""A spin box for one declared number: typed, or stepped with arrow keys, arrow buttons or the wheel."""

from __future__ import annotations

from PySide6.QtCore import Property, QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QResizeEvent,
    QValidator,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSpinBox, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from cnnstudio.gui.widgets.forms.typed_text import drops_text, leaves_to_program, set_back
from cnnstudio.gui.widgets.labels import UnitLabel
from cnnstudio.spec import NumberParam, ParamError
from cnnstudio.spec.number_text import format_number, parse_number, step_number

ARROWS = 16  # width of the arrow buttons in pixels; they replace the unit while the mouse is over the box
EDGE = 8  # pixels between the border and the text


class NumberBox(QAbstractSpinBox):
    """Always holds a valid number. Typed text takes effect on Enter or when the box loses focus."""

    edited = Signal(object)  # int or float: the user set another number
    rejected = Signal(str)  # why the typed text is invalid; empty once it is valid again

    def __init__(self, param: NumberParam, *, narrow: bool = False, parent: QWidget | None = None) -> None:
        """A `narrow` box has no arrow buttons."""
        super().__init__(parent)
        self._param = param
        self._value: int | float = param.default if isinstance(param.default, int | float) else param.min
        self._text_is_new = False  # typed since the number was last set
        self._unit = UnitLabel(param.unit, self)
        self._arrows = None if narrow else _Arrows(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setTextMargins(EDGE - 4 * narrow, 0, 0, 0)
        self.lineEdit().setText(format_number(self._value))
        self.lineEdit().textEdited.connect(self._on_text_edited)
        self.editingFinished.connect(self._on_editing_finished)

    def _number(self) -> float:
        return float(self._value)

    value = Property(float, _number)  # screen readers read these properties by name
    minimum = Property(float, lambda self: float(self._param.min))
    maximum = Property(float, lambda self: float(self._param.max))

    @property
    def number(self) -> int | float:
        """The current number."""
        return self._value

    def show_number(self, value: int | float) -> None:
        """Show a number that was set elsewhere."""
        self._value = value
        text = format_number(value)
        if self.text() != text:
            self.lineEdit().setText(text)
        self.rejected.emit("")

    def stepBy(self, steps: int) -> None:
        try:
            start = self._typed()
        except ParamError:
            start = self._value
        self._set(step_number(self._param, start, steps))
        self.selectAll()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        flags = QAbstractSpinBox.StepEnabledFlag
        up = flags.StepUpEnabled if self._value < self._param.max else flags.StepNone
        down = flags.StepDownEnabled if self._value > self._param.min else flags.StepNone
        return up | down

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text, position  # `rejected` explains what is invalid

    def sizeHint(self) -> QSize:
        return QSize(48, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(36, super().minimumSizeHint().height())

    def event(self, event: QEvent) -> bool:
        return False if leaves_to_program(self.lineEdit(), event) else super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()  # the panel scrolls instead

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if drops_text(self.lineEdit(), event):
            self.show_number(self._value)
            self.selectAll()
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.selectAll()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        if self._arrows is not None:
            self._arrows.show()
            self._unit.hide()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._arrows is not None:
            self._arrows.hide()
            self._unit.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._unit.resize(self._unit.sizeHint())
        self._unit.move(self.width() - self._unit.width() - EDGE, (self.height() - self._unit.height()) // 2)
        if self._arrows is not None:
            self._arrows.setGeometry(self.width() - ARROWS - 2, 2, ARROWS, self.height() - 4)

    def _typed(self) -> int | float:
        value = self._param.accept(parse_number(self.text()))
        assert isinstance(value, int | float)
        return value

    def _set(self, value: int | float) -> None:
        changed = value != self._value
        self.show_number(value)
        if changed:
            self.edited.emit(value)

    def _on_text_edited(self, text: str) -> None:
        self._text_is_new = True
        try:
            self._typed()
        except ParamError as error:
            self.rejected.emit(str(error))
        else:
            self.rejected.emit("")

    def _on_editing_finished(self) -> None:
        if not self._text_is_new:
            return  # when the focus leaves after Enter, what was said of the text stays
        self._text_is_new = False
        try:
            value = self._typed()
        except ParamError as error:
            self.show_number(self._value)
            self.rejected.emit(set_back(error, format_number(self._value)))
            return
        self._set(value)


class _Arrows(QWidget):
    """Two buttons that step the number by mouse."""

    def __init__(self, box: NumberBox) -> None:
        super().__init__(box)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for arrow, step in ((Qt.ArrowType.UpArrow, box.stepUp), (Qt.ArrowType.DownArrow, box.stepDown)):
            button = QToolButton()
            button.setArrowType(arrow)
            button.setAutoRepeat(True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setCursor(Qt.CursorShape.ArrowCursor)
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
            button.clicked.connect(step)
            column.addWidget(button)
        self.hide()
