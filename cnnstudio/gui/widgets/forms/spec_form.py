"""A form for any `Spec`, generated from its declared parameters."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnstudio.gui.widgets.forms.advanced_section import AdvancedSection
from cnnstudio.gui.widgets.forms.editors import editor_for
from cnnstudio.gui.widgets.forms.form_layout import LABEL_WIDTH, ROW_GAP, form_layout
from cnnstudio.gui.widgets.labels import ErrorLabel, FieldLabel, tooltip
from cnnstudio.spec import NumberParam, PairParam, Param, Spec, label_of, params_of


class SpecForm(QWidget):
    """Shows a spec and emits a new one for each valid edit. Parameters without effect are hidden."""

    edited = Signal(object, str)  # the new Spec, the parameter's name

    def __init__(self, spec: Spec, *, first: str = "", parent: QWidget | None = None) -> None:
        """`first` names a parameter to put above the others."""
        super().__init__(parent)
        self._spec = spec
        self._rows: dict[str, _Row] = {}
        self._basic, self._advanced = form_layout(), form_layout()
        self._advanced_section = AdvancedSection(self._advanced)
        self._showing = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(ROW_GAP)
        column.addLayout(self._basic)
        column.addWidget(self._advanced_section)
        for name, param in sorted(params_of(spec), key=lambda item: item[0] != first):
            row = _Row(name, param)
            row.edited.connect(self._on_edited)
            (self._advanced if param.advanced else self._basic).addRow(row.label, row)
            self._rows[name] = row
        self.show_spec(spec)

    @property
    def spec(self) -> Spec:
        """The spec shown."""
        return self._spec

    def show_spec(self, spec: Spec) -> None:
        """Show another spec with the same parameters; fields whose values are equal keep focus and typed text.

        A field that is hidden by this drops text that was not committed.
        """
        assert {name for name, _ in params_of(spec)} == self._rows.keys()
        self._spec, self._showing = spec, True
        try:
            self._update_rows(spec)
        finally:
            self._showing = False

    def _update_rows(self, spec: Spec) -> None:
        for name, row in self._rows.items():
            row.show_value(getattr(spec, name))
            visible = spec.has_effect(name)
            layout = self._advanced if row.param.advanced else self._basic
            if layout.isRowVisible(row) is not visible:
                layout.setRowVisible(row, visible)
        advanced = [name for name, row in self._rows.items() if row.param.advanced]
        self._advanced_section.setVisible(any(map(spec.has_effect, advanced)))

    def expand(self, expanded: bool) -> None:
        """Show or hide the advanced parameters."""
        self._advanced_section.expand(expanded)

    @property
    def expanded(self) -> bool:
        """Whether the advanced parameters are shown."""
        return self._advanced_section.expanded

    def _on_edited(self, name: str, value: object) -> None:
        if self._showing:  # hiding a field takes its focus, and so commits what was typed
            self._rows[name].revert()
            return
        spec = self._spec.with_params(**{name: value})
        if spec != self._spec:
            self.show_spec(spec)
            self.edited.emit(spec, name)


class _Row(QWidget):
    """A parameter's editor with an error label below it."""

    edited = Signal(str, object)  # the parameter's name, a valid value

    def __init__(self, name: str, param: Param) -> None:
        super().__init__()
        self.param = param
        self._name = name
        self.editor = editor_for(param)
        self.editor.identify(name, label_of(name, param), tooltip(help_text(param)))
        self.label = FieldLabel(label_of(name, param), self.editor.field)
        self.label.setFixedWidth(LABEL_WIDTH)
        self.label.setToolTip(tooltip(help_text(param)))
        self._error = ErrorLabel()
        self._error.setObjectName(f"{name}_error")
        self._error.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.editor)
        column.addWidget(self._error)
        self._value: object = None
        self.editor.edited.connect(self._on_edited)
        self.editor.rejected.connect(self._on_rejected)

    def show_value(self, value: object) -> None:
        if value != self._value or not self._error.isHidden():
            self._value = value
            self.editor.show_value(value)

    def revert(self) -> None:
        """Drop what was typed."""
        self.editor.show_value(self._value)

    def _on_edited(self, value: object) -> None:
        self.edited.emit(self._name, value)

    def _on_rejected(self, reason: str) -> None:
        self._error.setText(f"{reason[:1].upper()}{reason[1:]}." if reason else "")
        self._error.setVisible(bool(reason))


def help_text(param: Param) -> str:
    """The parameter's help, default and range as one text."""
    unit = f" {param.unit}" if isinstance(param, NumberParam | PairParam) and param.unit else ""
    default = param.format(param.default) or "none"
    return f"{param.help} Default: {default} ({param.describe()}{unit})."
