"""A form that begins with a choice of kind, such as which optimizer."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnstudio.gui.widgets.forms.editors import ChoiceBox
from cnnstudio.gui.widgets.forms.spec_form import LABEL_WIDTH, ROW_GAP, SpecForm, form_layout
from cnnstudio.gui.widgets.labels import Caption, FieldLabel, tooltip
from cnnstudio.spec import Spec


class KindForm(QWidget):
    """A list of kinds, what the chosen one does, and its form. What was set for a kind is kept for when it returns."""

    edited = Signal(object, str)  # the new Spec, the parameter's name or the form's own for another kind

    def __init__(self, name: str, label: str, kinds: Mapping[str, type[Spec]], spec: Spec, *, first: str = "") -> None:
        super().__init__()
        self._name, self._first = name, first
        self._kept: dict[str, Spec] = {kind: cls() for kind, cls in kinds.items()}
        self._forms: dict[str, SpecForm] = {}
        self._spec = spec
        self._box = ChoiceBox()
        self._box.setObjectName(name)
        self._box.setAccessibleName(label)
        self._box.setToolTip(tooltip(f"{label}: which kind. What each is good for stands below."))
        for index, (kind, cls) in enumerate(kinds.items()):
            self._box.addItem(cls.title, kind)
            self._box.setItemData(index, tooltip(_help(cls)), Qt.ItemDataRole.ToolTipRole)
        self._help = Caption()
        row = form_layout()
        words = FieldLabel(label, self._box)
        words.setFixedWidth(LABEL_WIDTH)
        row.addRow(words, self._box)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(ROW_GAP)
        self._column.addLayout(row)
        self._column.addWidget(self._help)
        self._box.currentIndexChanged.connect(self._on_index_changed)
        self.show_spec(spec)

    def show_spec(self, spec: Spec) -> None:
        """Show a spec of any of the kinds."""
        self._spec = self._kept[spec.kind] = spec
        self._box.blockSignals(True)
        self._box.setCurrentIndex(self._box.findData(spec.kind))
        self._box.blockSignals(False)
        self._help.setText(_help(type(spec)))
        form = self._forms.get(spec.kind)
        if form is None:
            form = self._forms[spec.kind] = SpecForm(spec, first=self._first)
            form.edited.connect(self.edited)
            self._column.addWidget(form)
        for other in self._forms.values():
            other.setVisible(other is form)
        form.show_spec(spec)

    def _on_index_changed(self, index: int) -> None:
        spec = self._kept[self._box.itemData(index)]
        self.show_spec(spec)
        self.edited.emit(spec, self._name)


def _help(cls: type[Spec]) -> str:
    """The class's docstring: one sentence."""
    return " ".join((cls.__doc__ or "").split())
