"""Forms: every spec has one; typed values are accepted, rejected with an explanation, or reverted."""

from __future__ import annotations

from html import escape

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence, QShortcut, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from cnnstudio.gui.widgets.forms.spec_form import SpecForm
from cnnstudio.layers import LAYERS
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.operations import OPTIMIZERS
from cnnstudio.operations.optimizer import Adam, AdamW
from cnnstudio.spec import ChoiceParam, FlagParam, NumberParam, PairParam, Spec, label_of, params_of
from cnnstudio.training.schedule import SCHEDULES
from cnnstudio.training.settings import Settings

SPECS = [*LAYERS.values(), *OPTIMIZERS.values(), *SCHEDULES.values(), Settings]


def shown(qtbot: QtBot, spec: Spec) -> tuple[SpecForm, list[tuple[Spec, str]]]:
    """A visible form, and the list of its edits."""
    form, heard = SpecForm(spec), []
    qtbot.addWidget(form)
    form.edited.connect(lambda changed, name: heard.append((changed, name)))
    form.resize(280, 600)
    form.show()
    form.activateWindow()
    with qtbot.waitActive(form):
        pass
    return form, heard


def field(form: SpecForm, kind: type, name: str) -> QWidget:
    found: QWidget = form.findChild(kind, name)
    assert found is not None, name
    return found


def retype(widget: QWidget, text: str) -> None:
    """Replace a field's text by keyboard."""
    widget.setFocus()
    QTest.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(widget, text)


@pytest.mark.parametrize("cls", SPECS, ids=lambda cls: f"{cls.__name__}")
def test_every_spec_has_a_form_that_edits_each_parameter(qtbot: QtBot, cls: type[Spec]) -> None:
    form, heard = shown(qtbot, cls())
    form.expand(True)
    for name, param in params_of(cls):
        before = len(heard)
        if not form.spec.has_effect(name):
            continue
        assert any(label.text() == label_of(name, param) and label.isVisible() for label in form.findChildren(QLabel))
        if isinstance(param, NumberParam):
            box = field(form, QAbstractSpinBox, name)
            QTest.keyClick(box, Qt.Key.Key_Up if form.spec.__getattribute__(name) < param.max else Qt.Key.Key_Down)
        elif isinstance(param, PairParam):
            box = field(form, QAbstractSpinBox, f"{name}_height")
            QTest.keyClick(box, Qt.Key.Key_Up)
        elif isinstance(param, ChoiceParam):
            box = field(form, QComboBox, name)
            QTest.keyClick(box, Qt.Key.Key_Down if box.currentIndex() + 1 < box.count() else Qt.Key.Key_Up)
        elif isinstance(param, FlagParam):
            box = field(form, QCheckBox, name)
            QTest.keyClick(box, Qt.Key.Key_Space)
        else:
            continue
        assert escape(param.help) in box.toolTip()
        assert box.accessibleName().startswith(label_of(name, param))
        assert len(heard) == before + 1
        changed, param_name = heard[-1]
        assert param_name == name
        assert changed == form.spec
        assert getattr(changed, name) != param.default


def test_a_typed_number_takes_effect_with_enter(qtbot: QtBot) -> None:
    form, heard = shown(qtbot, ConvolutionLayer(filters=6))
    box = field(form, QAbstractSpinBox, "filters")
    retype(box, "12")
    assert heard == []
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert heard == [(ConvolutionLayer(filters=12), "filters")]


def test_a_typed_number_takes_effect_when_the_field_is_left(qtbot: QtBot) -> None:
    form, heard = shown(qtbot, ConvolutionLayer(filters=6))
    retype(field(form, QAbstractSpinBox, "filters"), "12")
    field(form, QComboBox, "padding").setFocus()
    assert heard == [(ConvolutionLayer(filters=12), "filters")]


@pytest.mark.parametrize(
    ("typed", "reason"), [("5000", "outside 1 to 4096"), ("six", "not a number"), ("2.5", "whole")]
)
def test_an_invalid_number_is_rejected_with_an_explanation(qtbot: QtBot, typed: str, reason: str) -> None:
    form, heard = shown(qtbot, ConvolutionLayer(filters=6))
    box, error = field(form, QAbstractSpinBox, "filters"), field(form, QLabel, "filters_error")
    retype(box, typed)
    assert reason in error.text()
    assert error.isVisible()
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert heard == []
    assert box.text() == "6"
    assert reason in error.text()
    assert error.text().endswith("; set back to 6.")
    field(form, QComboBox, "padding").setFocus()
    assert error.isVisible()
    retype(box, "7")
    assert not error.isVisible()


def test_escape_reverts_typed_text(qtbot: QtBot) -> None:
    form, heard = shown(qtbot, ConvolutionLayer(filters=6))
    box = field(form, QAbstractSpinBox, "filters")
    retype(box, "99")
    QTest.keyClick(box, Qt.Key.Key_Escape)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert (box.text(), heard) == ("6", [])


def test_a_tiny_number_is_shown_and_typed_in_scientific_notation(qtbot: QtBot) -> None:
    form, heard = shown(qtbot, Adam())
    box = field(form, QAbstractSpinBox, "epsilon")
    assert box.text() == "1e-8"
    retype(box, "2.5e-7")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert heard == [(Adam(epsilon=2.5e-7), "epsilon")]
    assert box.text() == "2.5e-7"


def test_arrow_keys_step_a_learning_rate_by_its_leading_digit(qtbot: QtBot) -> None:
    form, _ = shown(qtbot, Adam(rate=0.001))
    box = field(form, QAbstractSpinBox, "rate")
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert form.spec == Adam(rate=0.0009)


def test_linked_sides_change_together_and_typing_a_cross_unlinks_them(qtbot: QtBot) -> None:
    form, heard = shown(qtbot, ConvolutionLayer())
    high, wide = (field(form, QAbstractSpinBox, f"kernel_size_{side}") for side in ("height", "width"))
    retype(high, "5")
    QTest.keyClick(high, Qt.Key.Key_Return)
    assert heard == [(ConvolutionLayer(kernel_size=(5, 5)), "kernel_size")]
    retype(high, "7x")
    assert wide.hasFocus()
    retype(wide, "3")
    QTest.keyClick(wide, Qt.Key.Key_Return)
    assert form.spec == ConvolutionLayer(kernel_size=(7, 3))
    assert (high.text(), wide.text()) == ("7", "3")
    assert not field(form, QToolButton, "kernel_size_linked").isChecked()


def test_named_numbers_have_a_box_each(qtbot: QtBot) -> None:
    form, heard = shown(qtbot, InputLayer(shape=(1, 28, 28)))
    channels = field(form, QAbstractSpinBox, "shape_channels")
    retype(channels, "3")
    QTest.keyClick(channels, Qt.Key.Key_Return)
    assert heard == [(InputLayer(shape=(3, 28, 28)), "shape")]


def test_a_list_is_typed_as_text_and_rejected_with_an_explanation(qtbot: QtBot) -> None:
    form, heard = shown(qtbot, OutputLayer())
    line, error = field(form, QLineEdit, "class_weights"), field(form, QLabel, "class_weights_error")
    retype(line, "1, two")
    assert "'two' is not a number" in error.text()
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert error.text() == "'two' is not a number; set back to none."
    assert (line.text(), heard) == ("", [])
    retype(line, "1 2.5")
    assert not error.isVisible()
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert heard == [(OutputLayer(class_weights=(1.0, 2.5)), "class_weights")]


def test_parameters_without_effect_are_hidden(qtbot: QtBot) -> None:
    form, _ = shown(qtbot, ConvolutionLayer())
    border, padding = field(form, QAbstractSpinBox, "border_top"), field(form, QComboBox, "padding")
    assert not border.isVisible()
    padding.setCurrentIndex(padding.findData("custom"))
    assert border.isVisible()
    form.show_spec(ConvolutionLayer(padding="same"))
    assert not border.isVisible()


def test_advanced_parameters_are_collapsed(qtbot: QtBot) -> None:
    form, _ = shown(qtbot, ConvolutionLayer())
    groups = field(form, QAbstractSpinBox, "groups")
    assert not groups.isVisible()
    qtbot.mouseClick(field(form, QToolButton, "more"), Qt.MouseButton.LeftButton)
    assert groups.isVisible()


def test_a_change_from_outside_keeps_focus(qtbot: QtBot) -> None:
    form, heard = shown(qtbot, ConvolutionLayer(filters=6))
    box = field(form, QAbstractSpinBox, "filters")
    QTest.keyClick(box, Qt.Key.Key_Up)
    box.setFocus()
    form.show_spec(ConvolutionLayer(filters=6, padding="same"))
    assert box.hasFocus()
    assert box.text() == "6"
    assert field(form, QComboBox, "padding").currentText() == "same"
    assert len(heard) == 1


def test_the_wheel_changes_only_the_focused_field(qtbot: QtBot) -> None:
    form, heard = shown(qtbot, ConvolutionLayer(filters=6))
    box = field(form, QAbstractSpinBox, "filters")
    field(form, QComboBox, "padding").setFocus()
    turn(box)
    assert heard == []
    box.setFocus()
    turn(box)
    assert heard == [(ConvolutionLayer(filters=7), "filters")]


def turn(widget: QWidget) -> None:
    """Turn the wheel up by one notch."""
    none = Qt.KeyboardModifier.NoModifier
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle, middle, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, none, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(widget, event)


def test_undo_belongs_to_the_program_unless_text_is_typed(qtbot: QtBot) -> None:
    form, _ = shown(qtbot, ConvolutionLayer(filters=6))
    box = field(form, QAbstractSpinBox, "filters")
    undone = []
    QShortcut(QKeySequence.StandardKey.Undo, form, lambda: undone.append(True))
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [True]
    QTest.keyClicks(box, "12")
    QTest.keyClick(box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [True]


def test_a_parameter_can_be_put_first(qtbot: QtBot) -> None:
    form = SpecForm(AdamW(), first="rate")
    qtbot.addWidget(form)
    form.show()
    top = {name: field(form, QAbstractSpinBox, name).mapTo(form, QPoint(0, 0)).y() for name, _ in params_of(AdamW)}
    assert min(top, key=lambda name: top[name]) == "rate"
