"""Stages that pool and enlarge maps."""

from __future__ import annotations

from cnnstudio.engine.opencl.job import Constant, Job, Sink, Value
from cnnstudio.engine.opencl.kernel_outputs import index_kind, into
from cnnstudio.engine.opencl.stage import Bench, Stage
from cnnstudio.operations import AveragePooling, MaxPooling, Pooling, Shape, Upsampling


class MaxPoolingStage(Stage):
    """Max pooling on its own."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        assert isinstance(bench.operation, MaxPooling)
        self.operation = bench.operation
        self.won = bench.kept(bench.shape, index_type(self.operation)) if bench.learning else None

    def forward(self) -> list[Job]:
        return [max_job(self.operation, self.bench.inputs[0], into(self.bench.output), self.won)]

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        jobs = self.gradient.complete()
        if sinks[0] is not None and self.won is not None:
            jobs.append(max_input_job(self.operation, self.bench.shapes[0], self.dy, self.won, sinks[0]))
        return jobs


class AveragePoolingStage(Stage):
    """The mean under each window."""

    def _constants(self) -> dict[str, Constant]:
        b = self.bench
        assert isinstance(b.operation, AveragePooling)
        _, height, width = b.shapes[0]
        top, left, bottom, right = b.operation.padding if b.operation.count_padding else (0, 0, 0, 0)
        counts = [
            f"(min((t_) + {size}, {end}) - max((t_), {start}))".replace("t_", name)
            for size, end, start, name in (
                (b.operation.pool_size[0], height + bottom, -top, "top_"),
                (b.operation.pool_size[1], width + right, -left, "left_"),
            )
        ]
        return {"WINDOW_COUNT(top_, left_)": f"({counts[0]} * {counts[1]})"}

    def forward(self) -> list[Job]:
        b = self.bench
        assert isinstance(b.operation, AveragePooling)
        constants = _windows(b.operation, b.shapes[0], b.shape) | self._constants()
        return [Job("pooling/average", (b.inputs[0].port("x"),), constants, b.shape[0] * b.shape[1], into(b.output))]

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        b = self.bench
        jobs = self.gradient.complete()
        if sinks[0] is not None:
            assert isinstance(b.operation, AveragePooling)
            constants = _windows(b.operation, b.shapes[0], b.shape) | self._constants()
            count = b.shapes[0][0] * b.shapes[0][1]
            jobs.append(Job("pooling/average_input", (self.dy.port("dy"),), constants, count, sinks[0]))
        return jobs


class UpsamplingStage(Stage):
    """Enlarge rows and columns by repetition or linear interpolation."""

    def _constants(self) -> dict[str, Constant]:
        operation, (_, height, width) = self.bench.operation, self.bench.shapes[0]
        assert isinstance(operation, Upsampling)
        return {
            "ROWS": self.bench.shape[1],
            "COLUMNS": self.bench.shape[2],
            "HEIGHT": height,
            "WIDTH": width,
            "X_HEIGHT": height,
            "X_WIDTH": width,
            "ROW_SCALE": operation.scale[0],
            "COLUMN_SCALE": operation.scale[1],
            "SHARE": f"{operation.mode}_share",
        }

    def forward(self) -> list[Job]:
        b = self.bench
        ports, count = (b.inputs[0].port("x"),), b.shape[0] * b.shape[1]
        includes = ("pooling/shares.cl",)
        return [Job("pooling/upsample", ports, self._constants(), count, into(b.output), includes=includes)]

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        jobs = self.gradient.complete()
        if sinks[0] is not None:
            ports, count = (self.dy.port("dy"),), self.bench.shapes[0][0] * self.bench.shapes[0][1]
            includes = ("pooling/shares.cl",)
            jobs.append(Job("pooling/upsample_input", ports, self._constants(), count, sinks[0], includes=includes))
        return jobs


def index_type(pooling: MaxPooling) -> str:
    """The smallest type that can name every place of a window."""
    places = pooling.pool_size[0] * pooling.pool_size[1]
    return "uint8" if places <= 1 << 8 else "uint16"


def max_job(pooling: MaxPooling, x: Value, sink: Sink, won: Value | None) -> Job:
    """The largest under each window; `won` keeps which number it was."""
    shape = pooling.output_shape(x.layout.shape)
    constants = _windows(pooling, x.layout.shape, shape)
    ports = [x.port("x")]
    constants["NOTE(c_, h_, w_, v_)"] = "(void)0"
    if won is not None:
        kind = index_kind(won)
        ports.append(won.port("won_at", writes=True, kind=kind))
        constants["NOTE(c_, h_, w_, v_)"] = f"STORE_AS({kind}, v_, won_at + AT(WON_AT, c_, h_, w_))"
    return Job("pooling/max", tuple(ports), constants, shape[0] * shape[1], sink)


def max_input_job(pooling: MaxPooling, image: Shape, dy: Value, won: Value, sink: Sink) -> Job:
    """The gradient of what was pooled."""
    constants = _windows(pooling, image, dy.layout.shape)
    ports = (dy.port("dy"), won.port("winner", kind=index_kind(won)))
    return Job("pooling/max_input", ports, constants, image[0] * image[1], sink)


def _windows(pooling: Pooling, image: Shape, output: Shape) -> dict[str, Constant]:
    return {
        "ROWS": output[1],
        "COLUMNS": output[2],
        "HEIGHT": image[1],
        "WIDTH": image[2],
        "X_HEIGHT": image[1],
        "X_WIDTH": image[2],
        "POOL_HEIGHT": pooling.pool_size[0],
        "POOL_WIDTH": pooling.pool_size[1],
        "ROW_STRIDE": pooling.stride[0],
        "COLUMN_STRIDE": pooling.stride[1],
        "BEFORE_ROWS": pooling.padding[0],
        "BEFORE_COLUMNS": pooling.padding[1],
    }
