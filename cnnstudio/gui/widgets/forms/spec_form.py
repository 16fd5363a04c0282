"""A form for any Spec, made from its declaration."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QToolButton, QVBoxLayout, QWidget

from cnnstudio.gui.widgets.forms.editors import Editor, editor_for
from cnnstudio.gui.widgets.labels import ErrorLabel, FieldLabel, tooltip
from cnnstudio.spec import NumberParam, PairParam, Param, Spec, label_of, params_of

LABEL_WIDTH = 92  # pixels, the same in every form so that fields stand in one column
ROW_GAP = 6


class SpecForm(QWidget):
    """Shows a spec and tells each valid change of it; parameters without effect are hidden, advanced ones folded."""

    edited = Signal(object, str)  # the new Spec, the parameter's name

    def __init__(self, spec: Spec, *, first: str = "", parent: QWidget | None = None) -> None:
        """`first` names a parameter that stands above the others."""
        super().__init__(parent)
        self._spec = spec
        self._rows: dict[str, _Row] = {}
        self._plain, self._more = form_layout(), form_layout()
        self._fold = _Fold(self._more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(ROW_GAP)
        column.addLayout(self._plain)
        column.addWidget(self._fold)
        for name, param in sorted(params_of(spec), key=lambda item: item[0] != first):
            row = _Row(name, param)
            row.editor.edited.connect(self._on_edited)
            (self._more if param.advanced else self._plain).addRow(row.label, row)
            self._rows[name] = row
        self.show_spec(spec)

    @property
    def spec(self) -> Spec:
        """What the form shows."""
        return self._spec

    def show_spec(self, spec: Spec) -> None:
        """Show another spec with the same parameters; fields whose values agree are left alone."""
        assert {name for name, _ in params_of(spec)} == self._rows.keys()
        self._spec = spec
        for name, row in self._rows.items():
            row.show_value(getattr(spec, name))
            shown = spec.has_effect(name)
            layout = self._more if row.param.advanced else self._plain
            if layout.isRowVisible(row) is not shown:
                layout.setRowVisible(row, shown)
        self._fold.setVisible(any(row.param.advanced and spec.has_effect(n) for n, row in self._rows.items()))

    def expand(self, expanded: bool) -> None:
        """Show or hide the advanced parameters."""
        self._fold.expand(expanded)

    @property
    def expanded(self) -> bool:
        """Whether the advanced parameters are shown."""
        return self._fold.expanded

    def _on_edited(self, value: object) -> None:
        name = next(name for name, row in self._rows.items() if row.editor is self.sender())
        spec = self._spec.with_params(**{name: value})
        if spec != self._spec:
            self.show_spec(spec)
            self.edited.emit(spec, name)


class _Row(QWidget):
    """A field, and below it why what is typed there cannot be."""

    def __init__(self, name: str, param: Param) -> None:
        super().__init__()
        self.param = param
        self.editor: Editor = editor_for(param)
        self.editor.identify(name, label_of(name, param), tooltip(explain(param)))
        self.label = FieldLabel(label_of(name, param), self.editor.field)
        self.label.setFixedWidth(LABEL_WIDTH)
        self.label.setToolTip(tooltip(explain(param)))
        self._error = ErrorLabel()
        self._error.setObjectName(f"{name}_error")
        self._error.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.editor)
        column.addWidget(self._error)
        self._value: object = None
        self.editor.refused.connect(self._on_refused)

    def show_value(self, value: object) -> None:
        if value != self._value or not self._error.isHidden():
            self._value = value
            self.editor.show_value(value)

    def _on_refused(self, why: str) -> None:
        self._error.setText(f"{why[:1].upper()}{why[1:]}." if why else "")
        self._error.setVisible(bool(why))


class _Fold(QWidget):
    """`More`, and what it unfolds."""

    def __init__(self, rows: QFormLayout) -> None:
        super().__init__()
        self._button = QToolButton()
        self._button.setObjectName("more")
        self._button.setText("More")
        self._button.setAccessibleName("More parameters")
        self._button.setToolTip(tooltip("Show the parameters that are seldom needed; folded by default."))
        self._button.setCheckable(True)
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._inside = QWidget()
        self._inside.setLayout(rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(ROW_GAP)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._inside)
        self._button.toggled.connect(self.expand)
        self.expand(False)

    @property
    def expanded(self) -> bool:
        return self._button.isChecked()

    def expand(self, expanded: bool) -> None:
        self._button.setChecked(expanded)
        self._button.setArrowType(Qt.ArrowType.DownArrow if expanded else Qt.ArrowType.RightArrow)
        self._inside.setVisible(expanded)


def form_layout() -> QFormLayout:
    """Labels of one width, fields that fill the rest."""
    layout = QFormLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setHorizontalSpacing(4)
    layout.setVerticalSpacing(ROW_GAP)
    layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
    return layout


def explain(param: Param) -> str:
    """What a parameter does, in one tooltip: help, default, range."""
    unit = f" {param.unit}" if isinstance(param, NumberParam | PairParam) and param.unit else ""
    default = param.write(param.default) or "none"
    return f"{param.help} Default {default}; {param.describe()}{unit}."
