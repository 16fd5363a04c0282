"""Stages with several inputs."""

from __future__ import annotations

from cnnstudio.engine.opencl.elementwise import map_job
from cnnstudio.engine.opencl.job import Job, Sink, Value
from cnnstudio.engine.opencl.kernel_outputs import into
from cnnstudio.engine.opencl.stage import Stage


class AddStage(Stage):
    """The sum of the inputs."""

    def forward(self) -> list[Job]:
        b = self.bench
        first, second, *others = b.inputs
        jobs = [map_job(b.shape, {"a": first, "b": second}, "a + b", into(b.output))]
        return jobs + [map_job(b.shape, {"a": other}, "a", into(b.output, how="add")) for other in others]

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        jobs = self.gradient.complete()
        return jobs + [map_job(self.bench.shape, {"dy": self.dy}, "dy", sink) for sink in sinks if sink is not None]


class MultiplyStage(Stage):
    """The product of the inputs."""

    def forward(self) -> list[Job]:
        b = self.bench
        first, second, *others = b.inputs
        jobs = [map_job(b.shape, {"a": first, "b": second}, "a * b", into(b.output))]
        return jobs + [map_job(b.shape, {"a": other}, "a", into(b.output, how="multiply")) for other in others]

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        jobs = self.gradient.complete()
        for index, sink in enumerate(sinks):
            if sink is not None:
                others = [value for other, value in enumerate(self.bench.inputs) if other != index]
                jobs += self._product(others, sink)
        return jobs

    def _product(self, others: list[Value], sink: Sink) -> list[Job]:
        """The output's gradient times all other inputs."""
        shape, (first, *rest) = self.bench.shape, others
        if not rest:
            return [map_job(shape, {"dy": self.dy, "a": first}, "dy * a", sink)]
        b = self.bench
        product = b.value(b.layout(shape), b.backward_time, b.backward_time)
        jobs = [map_job(shape, {"dy": self.dy, "a": first}, "dy * a", into(product))]
        jobs += [map_job(shape, {"a": value}, "a", into(product, how="multiply")) for value in rest[:-1]]
        return [*jobs, map_job(shape, {"product": product, "a": rest[-1]}, "product * a", sink)]


class ConcatenateStage(Stage):
    """The inputs' channels, one after another."""

    def _parts(self, whole: Value) -> list[Value]:
        """The part of a value that belongs to each input."""
        parts, first = [], 0
        for channels, *_ in self.bench.shapes:
            parts.append(Value(whole.layout.part(first, channels), whole.region))
            first += channels
        return parts

    def forward(self) -> list[Job]:
        pairs = zip(self.bench.inputs, self._parts(self.bench.output), strict=True)
        return [map_job(value.layout.shape, {"x": value}, "x", into(part)) for value, part in pairs]

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        jobs = self.gradient.complete()
        for part, sink in zip(self._parts(self.dy), sinks, strict=True):
            if sink is not None:
                jobs.append(map_job(part.layout.shape, {"dy": part}, "dy", sink))
        return jobs
