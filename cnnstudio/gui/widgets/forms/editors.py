"""Which editor a parameter gets, by its type."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox

from cnnstudio.gui.widgets.forms.choice_box import ChoiceBox
from cnnstudio.gui.widgets.forms.editor import Editor
from cnnstudio.gui.widgets.forms.number_box import NumberBox
from cnnstudio.gui.widgets.forms.number_list_editors import number_list_editor
from cnnstudio.gui.widgets.forms.pair_editor import PairEditor
from cnnstudio.spec import ChoiceParam, FlagParam, NumberParam, NumbersParam, PairParam, Param


class NumberEditor(Editor):
    """A box for one number."""

    def __init__(self, param: NumberParam) -> None:
        self._box = NumberBox(param)
        super().__init__(self._box)
        self.row.addWidget(self._box)
        self._box.edited.connect(self.edited)
        self._box.rejected.connect(self.rejected)

    def show_value(self, value: Any) -> None:
        self._box.show_number(value)


class ChoiceEditor(Editor):
    """A combo box."""

    def __init__(self, param: ChoiceParam) -> None:
        self._box = ChoiceBox()
        super().__init__(self._box)
        for option, label in zip(param.options, param.labels or param.options, strict=True):
            self._box.addItem(label, option)
        self.row.addWidget(self._box)
        self._box.currentIndexChanged.connect(self._on_index_changed)

    def show_value(self, value: Any) -> None:
        self._box.show_data(value)

    def _on_index_changed(self, index: int) -> None:
        self.edited.emit(self._box.itemData(index))


class FlagEditor(Editor):
    """A check box."""

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
    """A new editor for the parameter. Raises TypeError for an unknown type of parameter."""
    raise TypeError(f"no editor for {type(param).__name__}")


editor_for.register(NumberParam, NumberEditor)
editor_for.register(PairParam, PairEditor)
editor_for.register(ChoiceParam, ChoiceEditor)
editor_for.register(FlagParam, FlagEditor)
editor_for.register(NumbersParam, number_list_editor)
