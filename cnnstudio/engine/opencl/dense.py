"""Stages of fully connected layers and changes of shape."""

from __future__ import annotations

from cnnstudio.engine.fusion import Fused
from cnnstudio.engine.opencl.device_traits import balanced
from cnnstudio.engine.opencl.elementwise import channel_sum_job
from cnnstudio.engine.opencl.gradient import Gradient, Joined
from cnnstudio.engine.opencl.job import Constant, Job, Port, Sink
from cnnstudio.engine.opencl.kernel_outputs import into
from cnnstudio.engine.opencl.layout import Layout
from cnnstudio.engine.opencl.stage import Stage
from cnnstudio.operations import elements

UNITS_OF_OUTPUT, UNITS_OF_INPUT = 8, 16  # that a work item computes at once
UNITS_OF_WEIGHT = 8  # outputs whose weights' gradients are computed at once
MOST_SUMS = 64  # weights for each of which a work item holds a vector of sums


class DenseStage(Stage):
    """weight @ x + bias, then the activation that the program has joined to it."""

    def make_gradient(self) -> Gradient:
        b = self.bench
        assert isinstance(b.operation, Fused)
        target = b.value(b.layout(b.shape), b.gradient_time, b.end)  # for the gradient of the weight, whenever
        return Gradient(target, b.contributors, Joined(b.operation.activation, b.output))

    @property
    def sizes(self) -> dict[str, Constant]:
        """How many inputs and outputs there are."""
        return {"INPUTS": elements(self.bench.shapes[0]), "OUTPUTS": elements(self.bench.shape)}

    def forward(self) -> list[Job]:
        b = self.bench
        assert isinstance(b.operation, Fused)
        bias = b.weights.get("bias")
        units = balanced(elements(b.shape), UNITS_OF_OUTPUT)
        constants = self.sizes | {"UNITS": units, "FIRST(u_)": "(V)(bias[u_])" if bias else "ZERO"}
        ports = [b.weights["weight"].named("weight"), b.inputs[0].port("x")]
        if bias:
            ports.append(bias.named("bias"))
        count = -(-elements(b.shape) // units)
        sink = into(b.output, b.operation.activation)
        return [Job("dense/forward", tuple(ports), constants, count, sink, reuses_weights=True)]

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        b = self.bench
        jobs = self.gradient.complete()
        partial = b.partial("weight", whole=True)
        if partial:
            jobs.append(self._weight_job(partial))
        partial = b.partial("bias")
        if partial:
            jobs.append(channel_sum_job(b.shape, {"dy": self.dy}, "dy", partial))
        if sinks[0] is not None:
            units = balanced(elements(b.shapes[0]), UNITS_OF_INPUT)
            ports = (b.weights["weight"].named("weight"), self.dy.port("dy"))
            count = -(-elements(b.shapes[0]) // units)
            constants = self.sizes | {"UNITS": units}
            jobs.append(Job("dense/input", ports, constants, count, sinks[0], reuses_weights=True))
        return jobs

    def _weight_job(self, partial: Port) -> Job:
        b = self.bench
        outputs, width = elements(b.shape), b.traits.width
        units = min(range(min(UNITS_OF_WEIGHT, outputs), 0, -1), key=lambda size: (-(-outputs // size) * size, -size))
        part = units * min(balanced(outputs // units, MOST_SUMS // units), outputs // units)
        constants = self.sizes | {"UNITS": units, "PART": part}
        count = -(-elements(b.shapes[0]) // width) * -(-outputs // part)
        ports = (b.inputs[0].port("x"), self.dy.port("dy"), partial, b.flag)
        return Job("dense/weight", ports, constants, count, whole=True)


class ReshapeStage(Stage):
    """A copy, for values whose memory cannot be seen under another shape because of a border around their maps."""

    def forward(self) -> list[Job]:
        return [
            _copy(
                self.bench.inputs[0].layout.shape,
                self.bench.inputs[0].port("x"),
                self.bench.shape,
                into(self.bench.output),
            )
        ]

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        jobs = self.gradient.complete()
        if sinks[0] is not None:
            jobs.append(_copy(self.bench.shape, self.dy.port("x"), self.bench.shapes[0], sinks[0]))
        return jobs


def _copy(source: tuple[int, ...], x: Port, target: tuple[int, ...], sink: Sink) -> Job:
    channels, height, width = Layout(target, 1).maps
    _, source_height, source_width = Layout(source, 1).maps
    constants: dict[str, Constant] = {
        "HEIGHT": height,
        "WIDTH": width,
        "X_HEIGHT": source_height,
        "X_WIDTH": source_width,
    }
    return Job("reshape", (x,), constants, channels * height, sink)
