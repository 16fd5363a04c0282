"""A form for one of several kinds of `Spec`, such as the optimizers: a combo box and the chosen kind's form."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnstudio.gui.widgets.forms.choice_box import ChoiceBox
from cnnstudio.gui.widgets.forms.form_layout import LABEL_WIDTH, ROW_GAP, form_layout
from cnnstudio.gui.widgets.forms.spec_form import SpecForm
from cnnstudio.gui.widgets.labels import Caption, FieldLabel, tooltip
from cnnstudio.spec import Spec


class KindForm(QWidget):
    """Remembers each kind's parameters, so that switching to another kind and back loses nothing."""

    edited = Signal(object, str)  # the new Spec; the parameter's name, or the form's name if the kind changed

    def __init__(self, name: str, label: str, kinds: Mapping[str, type[Spec]], spec: Spec, *, first: str = "") -> None:
        """`first` names a parameter to put above the others in every kind's form."""
        super().__init__()
        self._name, self._first = name, first
        self._specs: dict[str, Spec] = {kind: cls() for kind, cls in kinds.items()}
        self._forms: dict[str, SpecForm] = {}
        self._box = ChoiceBox()
        self._box.setObjectName(name)
        self._box.setAccessibleName(label)
        self._box.setToolTip(tooltip(f"{label}; what the selected one does is described below."))
        for index, (kind, cls) in enumerate(kinds.items()):
            self._box.addItem(cls.title, kind)
            self._box.setItemData(index, tooltip(_summary(cls)), Qt.ItemDataRole.ToolTipRole)
        self._help = Caption()
        row = form_layout()
        field_label = FieldLabel(label, self._box)
        field_label.setFixedWidth(LABEL_WIDTH)
        row.addRow(field_label, self._box)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(ROW_GAP)
        self._column.addLayout(row)
        self._column.addWidget(self._help)
        self._box.currentIndexChanged.connect(self._on_index_changed)
        self.show_spec(spec)

    def show_spec(self, spec: Spec) -> None:
        """Show a spec of any of the kinds."""
        self._specs[spec.kind] = spec
        self._box.show_data(spec.kind)
        self._help.setText(_summary(type(spec)))
        form = self._forms.get(spec.kind)
        if form is None:
            form = self._forms[spec.kind] = SpecForm(spec, first=self._first)
            form.edited.connect(self.edited)
            self._column.addWidget(form)
        for other in self._forms.values():
            other.setVisible(other is form)
        form.show_spec(spec)

    def _on_index_changed(self, index: int) -> None:
        spec = self._specs[self._box.itemData(index)]
        self.show_spec(spec)
        self.edited.emit(spec, self._name)


def _summary(cls: type[Spec]) -> str:
    """The class's docstring on one line."""
    return " ".join((cls.__doc__ or "").split())
