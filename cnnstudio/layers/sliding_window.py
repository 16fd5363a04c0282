"""The arithmetic of sliding windows: padding, stride, how many windows fit, and the formula shown for it."""

from __future__ import annotations

from cnnstudio.layers.layer import Layer, LayerFix, ShapeError, require_image
from cnnstudio.operations import Pair, Shape, Sides, count_windows
from cnnstudio.spec import choice, numbers

AXES = ("height", "width")


class PaddedLayer(Layer):
    """A layer with a sliding window and optional zero padding."""

    padding: str = choice(
        default="valid",
        options=("same", "valid", "custom"),
        labels=("same", "none (valid)", "custom"),
        label="Zero padding",
        help="same: output = input / stride, rounded up; none: no padding; custom: set each side.",
    )
    border: tuple[int, ...] = numbers(
        default=(1, 1, 1, 1),
        min=0,
        max=64,
        lengths=(4, 4),
        names=("top", "left", "bottom", "right"),
        when=("padding", ("custom",)),
        help="Rows and columns of zeros on each side: top, left, bottom, right.",
    )


def sides(layer: PaddedLayer, image: Shape, window: Pair, stride: Pair) -> Sides:
    """The zero padding on each side: top, left, bottom, right.

    `same` pads so that output = ceil(input / stride), with the odd pixel at the end (SAME_UPPER in ONNX).
    """
    if layer.padding == "custom":
        top, left, bottom, right = layer.border
        return top, left, bottom, right
    if layer.padding == "valid":
        return 0, 0, 0, 0
    before, after = [], []
    for axis in range(2):
        size = image[1 + axis]
        total = max((-(-size // stride[axis]) - 1) * stride[axis] + window[axis] - size, 0)
        before.append(total // 2)
        after.append(total - total // 2)
    return before[0], before[1], after[0], after[1]


def require_fit(
    image: Shape,
    window: Pair,
    stride: Pair,
    padding: Sides,
    *,
    size_param: str,
    dilation: Pair = (1, 1),
    keep_edge: bool = False,
) -> None:
    """Raise ShapeError, with the arithmetic and fixes, unless at least one window fits.

    With `keep_edge` (ceil mode) the only window may be incomplete, as long as less than a stride is missing.
    """
    require_image(image)
    noun, name = ("filter", "filter size") if size_param == "kernel_size" else ("window", "window")
    for axis in range(2):
        size, before, after = image[1 + axis], padding[axis], padding[2 + axis]
        if count_windows(size, window[axis], stride[axis], before, after, keep_edge) >= 1:
            continue
        line = formula(size, window[axis], before, after, stride[axis], keep_edge)
        fitting = tuple(
            (min(window[side], image[1 + side] + padding[side] + padding[2 + side]) - 1) // dilation[side] + 1
            for side in range(2)
        )
        raise ShapeError(
            f"A {noun} of {AXES[axis]} {window[axis]} does not fit in an image of {AXES[axis]} {size}: {line}. "
            f"Make the {noun} smaller or add padding.",
            LayerFix(f"Set {name} to {fitting[0]} × {fitting[1]}", {size_param: fitting}),
            LayerFix("Set padding to same", {"padding": "same"}),
        )


def formula(size: int, window: int, before: int, after: int, stride: int, keep_edge: bool = False) -> str:
    """CS231n's (W - F + 2P) / S + 1 with the numbers filled in, and the rounded result."""
    border = f"2·{before}" if before == after else f"{before} + {after}"
    exact = (size - window + before + after) / stride + 1
    text = f"({size} − {window} + {border})/{stride} + 1 = {exact:g}"
    if exact == int(exact):
        return text
    return f"{text} → {count_windows(size, window, stride, before, after, keep_edge)}"


def window_arithmetic(
    image: Shape, window: Pair, stride: Pair, padding: Sides, keep_edge: bool = False
) -> tuple[str, ...]:
    """The formula, then the same with numbers, for each axis if they differ."""
    lines = [
        formula(image[1 + axis], window[axis], padding[axis], padding[2 + axis], stride[axis], keep_edge)
        for axis in range(2)
    ]
    head = "out = (W − F + 2P)/S + 1"
    if lines[0] == lines[1]:
        return head, f"    = {lines[0]}"
    return head, f"height: {lines[0]}", f"width: {lines[1]}"
