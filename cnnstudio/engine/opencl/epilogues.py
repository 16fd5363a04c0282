"""Epilogues: how kernel bodies write their results, into values going forward and into gradients going backward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from cnnstudio.engine.opencl.job import Constant, ElementType, Epilogue, KernelArg, Value
from cnnstudio.operations import Activation, MaxPooling, Shape

WriteMode = Literal["store", "add", "multiply"]

WRITE_TEXT: dict[WriteMode, str] = {
    "store": "STORE(v_, p_)",
    "add": "STORE(LOAD(p_) + (v_), p_)",
    "multiply": "STORE(LOAD(p_) * (v_), p_)",
}
INDEX_TYPES: dict[str, ElementType] = {"uint8": "uchar", "uint16": "ushort", "int32": "int"}


def activation_text(activation: Activation | None, x: str) -> str:
    """The activation of an expression, as OpenCL text."""
    if activation is None:
        return x
    if activation.function == "tanh":
        return f"tanh({x})"
    return f"{activation.function}({x}, {activation.alpha!r}f, {activation.beta!r}f)"


def derivative_text(activation: Activation, x: str, y: str) -> str:
    """The derivative of the activation given its input x and its output y, as OpenCL text."""
    return f"{activation.function}_derivative({x}, {y}, {activation.alpha!r}f, {activation.beta!r}f)"


def store_epilogue(value: Value, activation: Activation | None = None, mode: WriteMode = "store") -> Epilogue:
    """Writes results into a value, after the activation if one is fused."""
    constants: dict[str, Constant] = {
        "WRITE(v_, p_)": WRITE_TEXT[mode],
        "EMIT(c_, h_, w_, v_)": f"WRITE({activation_text(activation, 'v_')}, out + AT(OUT, c_, h_, w_))",
    }
    return Epilogue((_out(value, mode),), constants)


def gradient_epilogue(
    target: Value,
    activation: Activation | None = None,
    activated: Value | None = None,
    pooling: MaxPooling | None = None,
    argmax: Value | None = None,
    mode: WriteMode = "store",
) -> Epilogue:
    """Writes a gradient into `target`, backward through an activation with the output `activated` and through a max
    pooling whose maxima were at `argmax`, where these are given.
    """
    args = [_out(target, mode)]
    constants: dict[str, Constant] = {"WRITE(v_, p_)": WRITE_TEXT[mode]}
    if activation is not None and activated is not None:
        args.append(activated.arg("out_activated"))
        constants["DERIVATIVE(y_)"] = derivative_text(activation, "y_", "y_")
    if pooling is not None and argmax is not None:
        args.append(argmax.arg("out_argmax", element_type=index_type(argmax)))
        constants |= _pooling_constants(pooling, target.layout.maps, argmax.layout.maps)
    names = ", ".join(arg.name for arg in args)
    constants["EMIT(c_, h_, w_, v_)"] = f"EPILOGUE({names}, c_, h_, w_, v_)"
    return Epilogue(tuple(args), constants, "gradient_epilogue")


def reshaped_epilogue(epilogue: Epilogue, source: Shape, target: Shape) -> Epilogue:
    """The epilogue for a job whose indices belong to shape `source`, though it writes a value of shape `target`."""
    names = dict(zip(("FROM_HEIGHT", "FROM_WIDTH"), (*source, 1, 1)[1:3], strict=True))
    names |= dict(zip(("TO_HEIGHT", "TO_WIDTH"), (*target, 1, 1)[1:3], strict=True))
    return replace(epilogue, constants={**epilogue.constants, "RESHAPED": 1, **names})


def index_type(argmax: Value) -> ElementType:
    """The OpenCL type of stored positions within a pooling window."""
    assert argmax.region.buffer is not None
    return INDEX_TYPES[argmax.region.buffer.dtype.name]


def _out(value: Value, mode: WriteMode) -> KernelArg:
    return KernelArg("out", value.region, value.layout, writes=True, reads=mode != "store")


def _pooling_constants(
    pooling: MaxPooling, unpooled: tuple[int, int, int], pooled: tuple[int, int, int]
) -> Mapping[str, Constant]:
    return {
        "OUT_POOLED": 1,
        "OUT_POOL_HEIGHT": pooling.pool_size[0],
        "OUT_POOL_WIDTH": pooling.pool_size[1],
        "OUT_POOLED_ROWS": pooled[1],
        "OUT_POOLED_COLUMNS": pooled[2],
        "OUT_INPUT_ROWS": unpooled[1],
        "OUT_INPUT_COLUMNS": unpooled[2],
    }
