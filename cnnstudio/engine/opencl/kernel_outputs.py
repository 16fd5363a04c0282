"""Where kernel bodies put their results: forward into a value, back into a gradient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cnnstudio.engine.opencl.job import Constant, Port, Sink, Value
from cnnstudio.operations import Activation, MaxPooling, Shape

DEPOSITS = {  # what happens where something is put
    "store": "STORE(v_, p_)",
    "add": "STORE(LOAD(p_) + (v_), p_)",
    "multiply": "STORE(LOAD(p_) * (v_), p_)",
}
INDEX_KINDS = {"uint8": "uchar", "uint16": "ushort", "int32": "int"}


def activate(activation: Activation | None, number: str) -> str:
    """The activation of an expression, as OpenCL text."""
    if activation is None:
        return number
    if activation.function == "tanh":
        return f"tanh({number})"
    return f"{activation.function}({number}, {activation.alpha!r}f, {activation.beta!r}f)"


def slope(activation: Activation, x: str, y: str) -> str:
    """The activation's slope at x, where it has the value y."""
    return f"{activation.function}_slope({x}, {y}, {activation.alpha!r}f, {activation.beta!r}f)"


def into(value: Value, activation: Activation | None = None, how: str = "store") -> Sink:
    """Into a value, after an activation if one is joined."""
    constants: dict[str, Constant] = {
        "DEPOSIT(v_, p_)": DEPOSITS[how],
        "EMIT(c_, h_, w_, v_)": f"DEPOSIT({activate(activation, 'v_')}, out + AT(OUT, c_, h_, w_))",
    }
    return Sink((_out(value, how),), constants)


def through(
    target: Value,
    activation: Activation | None = None,
    seen: Value | None = None,
    pooling: MaxPooling | None = None,
    won: Value | None = None,
    how: str = "store",
) -> Sink:
    """Into a gradient through an activation, whose value was `seen`, and a max pooling, whose places were `won`."""
    ports = [_out(target, how)]
    constants: dict[str, Constant] = {"DEPOSIT(v_, p_)": DEPOSITS[how]}
    if activation is not None and seen is not None:
        ports.append(seen.port("out_seen"))
        constants["SLOPE(y_)"] = slope(activation, "y_", "y_")
    if pooling is not None and won is not None:
        ports.append(won.port("out_won", kind=index_kind(won)))
        constants |= _pooled(pooling, target.layout.maps, won.layout.maps)
    names = ", ".join(port.name for port in ports)
    constants["EMIT(c_, h_, w_, v_)"] = f"PUT({names}, c_, h_, w_, v_)"
    return Sink(tuple(ports), constants, "sink")


def counted_through(sink: Sink, source: Shape, target: Shape) -> Sink:
    """The sink for someone who counts places through another shape than the target's."""
    names = dict(zip(("FROM_HEIGHT", "FROM_WIDTH"), (*source, 1, 1)[1:3], strict=True))
    names |= dict(zip(("TO_HEIGHT", "TO_WIDTH"), (*target, 1, 1)[1:3], strict=True))
    return replace(sink, constants={**sink.constants, "RESHAPED": 1, **names})


def index_kind(won: Value) -> str:
    """The type of the numbers that name places in a window."""
    assert won.region.buffer is not None
    return INDEX_KINDS[won.region.buffer.dtype.name]


def _out(value: Value, how: str) -> Port:
    return Port("out", value.region, value.layout, writes=True, reads=how != "store")


def _pooled(pooling: MaxPooling, raw: tuple[int, int, int], pooled: tuple[int, int, int]) -> Mapping[str, Constant]:
    return {
        "OUT_POOLED": 1,
        "OUT_POOL_HEIGHT": pooling.pool_size[0],
        "OUT_POOL_WIDTH": pooling.pool_size[1],
        "OUT_POOLED_ROWS": pooled[1],
        "OUT_POOLED_COLUMNS": pooled[2],
        "OUT_RAW_ROWS": raw[1],
        "OUT_RAW_COLUMNS": raw[2],
    }
