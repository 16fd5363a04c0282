"""The formulas behind a layer's output shape, parameter count and MACs, with its numbers filled in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from cnnstudio.gui.look.number_format import format_count, format_short_shape
from cnnstudio.gui.look.theme import Theme
from cnnstudio.layers import Layer
from cnnstudio.operations import Block, Shape

LAYER_NUMBERS = re.compile(r"(?<=− )\d+(?= \+)|(?<=2·)\d+|(?<=\)/)\d+")  # F, P and S in the formula of CS231n
MARK = "*"  # encloses numbers that are the layer's own parameters, to be highlighted


def arithmetic_lines(layer: Layer, inputs: Sequence[Shape], block: Block) -> tuple[str, ...]:
    """The formula, then shape, parameters and MACs; the layer's own parameters are enclosed in `MARK`."""
    lines = list(layer.arithmetic(*inputs)) if inputs else []
    lines[1:] = [LAYER_NUMBERS.sub(lambda found: f"{MARK}{found.group()}{MARK}", line) for line in lines[1:]]
    before = ", ".join(format_short_shape(shape) for shape in inputs)
    after = _mark_new_channels(block.output_shape, inputs)
    lines.append(f"shape  {before} → {after}" if inputs else f"shape  {after}")
    if block.parameters:
        lines.append(f"params {_parameter_sum(block)} = {format_count(block.parameters)}")
    if block.macs:
        lines.append(f"MACs   {format_count(block.macs)} per image")
    return tuple(lines)


def _mark_new_channels(shape: Shape, inputs: Sequence[Shape]) -> str:
    """The shape with its channels marked if they differ from the input's."""
    if len(inputs) == 1 and inputs[0][0] == shape[0]:
        return format_short_shape(shape)
    return format_short_shape((f"{MARK}{shape[0]}{MARK}", *shape[1:]))  # type: ignore[arg-type]  # formatted only


def _parameter_sum(block: Block) -> str:
    """The sizes of the trainable arrays as a sum; a weight with a bias as `6·(5·5·1 + 1)`."""
    arrays = [weight.shape for weight in block.weights if weight.trainable]
    if len(arrays) == 2 and len(arrays[0]) > 1 and arrays[1] == arrays[0][:1]:
        count, channels, *area = arrays[0]
        return f"{MARK}{count}{MARK}·({_product((*area, channels))} + 1)"
    return " + ".join(_product(shape) for shape in arrays)


def _product(shape: Sequence[int]) -> str:
    return "·".join(str(size) for size in shape)


class ArithmeticBox(QFrame):
    """Shows the lines in a monospaced font, marked numbers in the accent color."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: tuple[str, ...] = ()
        self._text = _Formula()
        self._text.setObjectName("arithmetic")
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setWordWrap(True)
        self._text.setMinimumWidth(1)  # long words are no reason to widen the panel; they break
        self.setProperty("box", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 4)
        column.addWidget(self._text)
        theme.changed.connect(self._show)

    def show_lines(self, lines: tuple[str, ...]) -> None:
        """Replace the lines."""
        if lines != self._lines:
            self._lines = lines
            self._show()

    def _show(self) -> None:
        color = self._theme.color("accent").name()
        parts = [escape(line).split(MARK) for line in self._lines]
        marked = [
            "".join(f"<b style='color:{color}'>{part}</b>" if i % 2 else part for i, part in enumerate(line))
            for line in parts
        ]
        body = "<br>".join(marked)
        self._text.setText(f"<div style='white-space:pre-wrap; line-height:140%'>{body}</div>")
        self._text.setAccessibleName("\n".join(line.replace(MARK, "") for line in self._lines))


class _Formula(QLabel):
    """Styled by class name in the style sheet."""
