"""Stages that treat every number by itself, and softmax."""

from __future__ import annotations

from cnnstudio.engine.opencl.elementwise import channel_sum_job, map_job
from cnnstudio.engine.opencl.job import Constant, Job, Port, Sink, Value
from cnnstudio.engine.opencl.kernel_outputs import activate, into, slope
from cnnstudio.engine.opencl.layout import Layout
from cnnstudio.engine.opencl.stage import Bench, Stage
from cnnstudio.operations import Activation, Dropout, GaussianNoise


class ActivationStage(Stage):
    """An activation on its own."""

    def forward(self) -> list[Job]:
        b = self.bench
        assert isinstance(b.operation, Activation)
        return [map_job(b.shape, {"x": b.inputs[0]}, activate(b.operation, "x"), into(b.output))]

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        b = self.bench
        assert isinstance(b.operation, Activation)
        jobs = self.gradient.complete()
        if sinks[0] is not None:
            reads = {"dy": self.dy, "x": b.inputs[0], "y": b.output}
            jobs.append(map_job(b.shape, reads, f"dy * {slope(b.operation, 'x', 'y')}", sinks[0]))
        return jobs


class ParametricReLUStage(Stage):
    """max(x, 0) + slope * min(x, 0)"""

    def forward(self) -> list[Job]:
        b = self.bench
        slopes = {"slope": b.weights["weight"].named("slopes")}
        return [map_job(b.shape, {"x": b.inputs[0]}, "x < ZERO ? x * slope : x", into(b.output), slopes)]

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        b = self.bench
        jobs = self.gradient.complete()
        reads = {"dy": self.dy, "x": b.inputs[0]}
        partial = b.partial("weight")
        if partial:
            jobs.append(channel_sum_job(b.shape, reads, "dy * (x < ZERO ? x : ZERO)", partial))
        if sinks[0] is not None:
            slopes = {"slope": b.weights["weight"].named("slopes")}
            jobs.append(map_job(b.shape, reads, "dy * (x > ZERO ? ONE : (V)(slope))", sinks[0], slopes))
        return jobs


class SoftmaxStage(Stage):
    """exp(x) / sum of exp(x) over the channels."""

    def _job(self, kernel: str, ports: tuple[Port, ...], sink: Sink | None) -> Job:
        channels, height, width = Layout(self.bench.shape, 1).maps
        constants: dict[str, Constant] = {"CHANNELS": channels, "HEIGHT": height, "WIDTH": width}
        return Job(kernel, ports, constants, height * width, sink)

    def forward(self) -> list[Job]:
        y = Port("y", self.bench.output.region, self.bench.output.layout, writes=True)
        return [self._job("softmax", (self.bench.inputs[0].port("x"), y), None)]

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        jobs = self.gradient.complete()
        if sinks[0] is not None:
            ports = (self.dy.port("dy"), self.bench.output.port("y"))
            jobs.append(self._job("softmax_input", ports, sinks[0]))
        return jobs


class RandomStage(Stage):
    """Dropout or noise, from numbers that the host draws for every step."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        shape = bench.shape
        self.whole_maps = isinstance(bench.operation, Dropout) and bench.operation.whole_maps
        self.drawn = bench.draws((shape[0], 1, 1) if self.whole_maps else shape)

    @property
    def _reads(self) -> dict[str, Value]:
        return {"drawn": self.drawn}

    def _still(self, job: Job) -> Job:
        """One draw for a whole map lies still while the body goes through rows and columns."""
        if not self.whole_maps:
            return job
        constants = {**job.constants, "DRAWNS_ROW": 0, "DRAWNS_STEP": 0}
        return Job(job.kernel, job.ports, constants, job.count, job.sink)

    def forward(self) -> list[Job]:
        b, operation = self.bench, self.bench.operation
        if isinstance(operation, Dropout):
            result = f"x * {_kept(operation)}"
        else:
            assert isinstance(operation, GaussianNoise)
            result = f"x + drawn * {operation.std!r}f"
        return [self._still(map_job(b.shape, {"x": b.inputs[0], **self._reads}, result, into(b.output)))]

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        b, operation = self.bench, self.bench.operation
        jobs = self.gradient.complete()
        if sinks[0] is None:
            return jobs
        if isinstance(operation, Dropout):
            back = map_job(b.shape, {"dy": self.dy, **self._reads}, f"dy * {_kept(operation)}", sinks[0])
            return [*jobs, self._still(back)]
        return [*jobs, map_job(b.shape, {"dy": self.dy}, "dy", sinks[0])]


class StandardizationStage(Stage):
    """(x - mean) / deviation, per channel."""

    def forward(self) -> list[Job]:
        b = self.bench
        channels = {"mean": b.weights["mean"].named("means"), "deviation": b.weights["deviation"].named("deviations")}
        return [map_job(b.shape, {"x": b.inputs[0]}, "(x - mean) / deviation", into(b.output), channels)]

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        b = self.bench
        jobs = self.gradient.complete()
        if sinks[0] is not None:
            channels = {"deviation": b.weights["deviation"].named("deviations")}
            jobs.append(map_job(b.shape, {"dy": self.dy}, "dy / deviation", sinks[0], channels))
        return jobs


def _kept(operation: Dropout) -> str:
    """What a number is multiplied with: zero, or more than one so that the mean stays."""
    return f"(drawn >= (V)({operation.rate!r}f) ? (V)({1.0 / (1.0 - operation.rate)!r}f) : ZERO)"
