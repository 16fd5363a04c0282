"""Stages that bring values to a common scale."""

from __future__ import annotations

from cnnstudio.engine.opencl.convolution_jobs import room
from cnnstudio.engine.opencl.elementwise import channel_sum_job, map_job
from cnnstudio.engine.opencl.job import Constant, Job, Port, Sink
from cnnstudio.engine.opencl.kernel_outputs import into
from cnnstudio.engine.opencl.layout import Layout
from cnnstudio.engine.opencl.stage import Bench, Stage
from cnnstudio.operations import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    LocalResponseNormalization,
)


def _sides(bench: Bench) -> dict[str, Constant]:
    channels, height, width = Layout(bench.shape, 1).maps
    return {"CHANNELS": channels, "HEIGHT": height, "WIDTH": width}


class BatchNormalizationStage(Stage):
    """Statistics of each channel over the whole batch; running ones at rest or where it is frozen."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        assert isinstance(bench.operation, BatchNormalization)
        self.operation, channels = bench.operation, bench.shape[0]
        self.measures = bench.training and not bench.operation.frozen
        last = bench.backward_time if bench.learning else bench.forward_time
        if self.measures:
            statistics = bench.common_array(room(4 * channels), bench.forward_time, last)
            self.statistics = [Port("statistics", statistics, writes=True), Port("statistics", statistics)]
            self.moments = bench.array(room(2 * channels), bench.forward_time, bench.forward_time)
        if bench.learning and self.measures:
            size = room(channels)
            sums = [bench.array(size, bench.backward_time, bench.backward_time) for _ in range(2)]
            self.sums = [Port("partial", region, writes=True, reads=False) for region in sums]

    def forward(self) -> list[Job]:
        b = self.bench
        if not self.measures:
            return [self._at_rest()]
        moments = Port("moments", self.moments, writes=True, reads=False)
        measure = Job(
            "normalization/moments", (b.inputs[0].port("x"), moments, b.header), _sides(b), b.shape[0], by_sample=False
        )
        return [measure, self._join_moments(), self._scale()]

    def _at_rest(self) -> Job:
        b = self.bench
        channels = {
            "scale": b.weights["weight"].named("scales"),
            "offset": b.weights["bias"].named("offsets"),
            "mean": b.weights["running_mean"].named("means"),
            "variance": b.weights["running_var"].named("variances"),
        }
        result = f"(x - mean) * (scale / sqrt(variance + {self.operation.epsilon!r}f)) + offset"
        return map_job(b.shape, {"x": b.inputs[0]}, result, into(b.output), channels)

    def _input_job_at_rest(self, sink: Sink) -> Job:
        b = self.bench
        channels = {
            "scale": b.weights["weight"].named("scales"),
            "variance": b.weights["running_var"].named("variances"),
        }
        result = f"dy * (scale / sqrt(variance + {self.operation.epsilon!r}f))"
        return map_job(b.shape, {"dy": self.dy}, result, sink, channels)

    def _join_moments(self) -> Job:
        b = self.bench
        constants = _sides(b) | {
            "EPSILON": self.operation.epsilon,
            "MOMENTUM": self.operation.momentum,
        }
        ports = (
            Port("moments", self.moments),
            self.statistics[0],
            b.header,
            b.weights["running_mean"].named("running_mean"),
            b.weights["running_var"].named("running_var"),
            b.next_state("running_mean").named("next_mean"),
            b.next_state("running_var").named("next_var"),
            b.flag,
        )
        return Job("normalization/batch", ports, constants, b.shape[0], whole=True)

    def _normal(self) -> dict[str, Port]:
        """The numbers of a channel with which `(x - mean) * inverse` is normal."""
        channels = self.bench.shape[0]
        first = self.statistics[1]
        return {
            "mean": first.named("means"),
            "inverse": first.named("inverses").later(channels),
        }

    def _scale(self) -> Job:
        b = self.bench
        channels = self._normal() | {
            "scale": b.weights["weight"].named("scales"),
            "offset": b.weights["bias"].named("offsets"),
        }
        result = "(x - mean) * inverse * scale + offset"
        return map_job(b.shape, {"x": b.inputs[0]}, result, into(b.output), channels)

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        b = self.bench
        jobs = self.gradient.complete()
        if not self.measures:
            return jobs if sinks[0] is None else [*jobs, self._input_job_at_rest(sinks[0])]
        reads = {"dy": self.dy, "x": b.inputs[0]}
        terms = {"bias": "dy", "weight": "dy * ((x - mean) * inverse)"}
        for (role, term), sums in zip(terms.items(), self.sums, strict=True):
            channels = self._normal() if role == "weight" else {}
            read = reads if role == "weight" else {"dy": self.dy}
            partial = b.partial(role)
            if partial:
                jobs.append(channel_sum_job(b.shape, read, term, partial, channels))
            if sinks[0] is not None:
                jobs.append(channel_sum_job(b.shape, read, term, sums, channels))
        if sinks[0] is not None:
            jobs += [self._join_sums(), self._input_job(sinks[0])]
        return jobs

    def _join_sums(self) -> Job:
        b = self.bench
        ports = (
            Port("bias_sums", self.sums[0].region),
            Port("weight_sums", self.sums[1].region),
            self.statistics[0],
            b.header,
        )
        return Job("normalization/batch_gradient", ports, _sides(b), b.shape[0], whole=True)

    def _input_job(self, sink: Sink) -> Job:
        """Samples beyond the batch must get no gradient, though they have a part in nothing but this."""
        b, channels = self.bench, self.bench.shape[0]
        numbers = self._normal() | {
            "scale": b.weights["weight"].named("scales"),
            "plain": self.statistics[1].named("plains").later(2 * channels),
            "along": self.statistics[1].named("alongs").later(3 * channels),
        }
        result = "here ? (dy - plain - (x - mean) * inverse * along) * (scale * inverse) : ZERO"
        return map_job(b.shape, {"dy": self.dy, "x": b.inputs[0]}, result, sink, numbers, header=b.header)


class SampleNormalizationStage(Stage):
    """Statistics of groups of channels of each sample; layer normalization is one group with weights of its own."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        operation = bench.operation
        assert isinstance(operation, GroupNormalization | LayerNormalization)
        groups = operation.groups if isinstance(operation, GroupNormalization) else 1
        feature = "c" if isinstance(operation, GroupNormalization) else "((c * HEIGHT + h) * WIDTH + w)"
        self.groups = groups
        self.constants = _sides(bench) | {
            "DEPTH": bench.shape[0] // groups,
            "EPSILON": operation.epsilon,
            "FEATURE": feature,
        }
        self.normal, self.inverse = bench.kept(bench.shape), bench.kept((groups,))

    def forward(self) -> list[Job]:
        b = self.bench
        ports = (
            b.inputs[0].port("x"),
            b.weights["weight"].named("weight"),
            b.weights["bias"].named("bias"),
            self.normal.port("normal", writes=True),
            self.inverse.port("inverse", writes=True),
        )
        return [Job("normalization/sample", ports, self.constants, self.groups, into(b.output))]

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        b = self.bench
        jobs = self.gradient.complete()
        for role, term in (("weight", "dy * normal"), ("bias", "dy")):
            partial = b.partial(role)
            if partial:
                jobs.append(self._sum_job(term, partial))
        if sinks[0] is not None:
            ports = (
                self.dy.port("dy"),
                b.weights["weight"].named("weight"),
                self.normal.port("normal"),
                self.inverse.port("inverse"),
            )
            jobs.append(Job("normalization/sample_input", ports, self.constants, self.groups, sinks[0]))
        return jobs

    def _sum_job(self, term: str, partial: Port) -> Job:
        """Layer normalization has one weight for each number of a sample: each counts as a channel."""
        reads = {"dy": self.dy, "normal": self.normal} if "normal" in term else {"dy": self.dy}
        shape = self.bench.shape
        if isinstance(self.bench.operation, LayerNormalization):
            reads = {name: value.flat() for name, value in reads.items()}
            shape = next(iter(reads.values())).layout.shape
        return channel_sum_job(shape, reads, term, partial)


class LocalResponseNormalizationStage(Stage):
    """x / (bias + alpha / size * sum of squares of neighbouring channels) ** beta"""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        operation = bench.operation
        assert isinstance(operation, LocalResponseNormalization)
        before = (operation.size - 1) // 2
        self.constants = _sides(bench) | {
            "SIZE": operation.size,
            "ALPHA": operation.alpha,
            "BETA": operation.beta,
            "BIAS": operation.bias,
            "BEFORE": before,
            "AFTER": operation.size - 1 - before,
        }
        self.divisor = bench.kept(bench.shape)

    @property
    def _rows(self) -> int:
        return self.bench.shape[0] * self.bench.shape[1]

    def forward(self) -> list[Job]:
        b = self.bench
        ports = (b.inputs[0].port("x"), self.divisor.port("divisor", writes=True))
        return [Job("normalization/response", ports, self.constants, self._rows, into(b.output))]

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        b = self.bench
        jobs = self.gradient.complete()
        if sinks[0] is not None:
            ports = (self.dy.port("dy"), b.inputs[0].port("x"), b.output.port("y"), self.divisor.port("divisor"))
            jobs.append(Job("normalization/response_input", ports, self.constants, self._rows, sinks[0]))
        return jobs
