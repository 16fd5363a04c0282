"""How a layer's shape, parameters and cost come about, with its numbers in."""

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

OWN = re.compile(r"(?<=− )\d+(?= \+)|(?<=2·)\d+|(?<=\)/)\d+")  # F, P and S within CS231n's formula
MARK = "*"  # stands on both sides of a number that the layer chose


def lines_of(layer: Layer, inputs: Sequence[Shape], block: Block) -> tuple[str, ...]:
    """The formula, then shape, parameters and multiply-adds; the layer's own numbers stand between marks."""
    lines = list(layer.arithmetic(*inputs)) if inputs else []
    lines[1:] = [OWN.sub(lambda found: f"{MARK}{found.group()}{MARK}", line) for line in lines[1:]]
    before = ", ".join(format_short_shape(shape) for shape in inputs)
    after = _changed(block.output_shape, inputs)
    lines.append(f"shape  {before} → {after}" if inputs else f"shape  {after}")
    if block.parameters:
        lines.append(f"params {_count_of(block)} = {format_count(block.parameters)}")
    if block.macs:
        lines.append(f"MACs   {format_count(block.macs)} per image")
    return tuple(lines)


def _changed(shape: Shape, inputs: Sequence[Shape]) -> str:
    """The shape, its first number marked where it is not that of the input."""
    if len(inputs) == 1 and inputs[0][0] == shape[0]:
        return format_short_shape(shape)
    return format_short_shape((f"{MARK}{shape[0]}{MARK}", *shape[1:]))  # type: ignore[arg-type]  # only written


def _count_of(block: Block) -> str:
    """The learned arrays' sizes as a sum; weights with a bias as `6·(5·5·1 + 1)`."""
    arrays = [weight.shape for weight in block.weights if weight.learned]
    if len(arrays) == 2 and len(arrays[0]) > 1 and arrays[1] == arrays[0][:1]:
        count, channels, *area = arrays[0]
        return f"{MARK}{count}{MARK}·({_product((*area, channels))} + 1)"
    return " + ".join(_product(shape) for shape in arrays)


def _product(shape: Sequence[int]) -> str:
    return "·".join(str(size) for size in shape)


class ArithmeticBox(QFrame):
    """The lines in a box, in letters of one width, the layer's own numbers in the accent color."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: tuple[str, ...] = ()
        self._text = _Formula()
        self._text.setObjectName("arithmetic")
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setWordWrap(True)
        self.setProperty("box", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 4)
        column.addWidget(self._text)
        theme.changed.connect(self._show)

    def show_lines(self, lines: tuple[str, ...]) -> None:
        """Show other lines."""
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
    """Letters of one width; the style sheet knows this class by name."""
