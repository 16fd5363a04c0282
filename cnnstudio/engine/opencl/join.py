"""Stages with several inputs: add, multiply, concatenate."""

from __future__ import annotations

from cnnstudio.engine.opencl.elementwise_jobs import elementwise_job
from cnnstudio.engine.opencl.epilogues import store_epilogue
from cnnstudio.engine.opencl.job import Epilogue, Job, Value
from cnnstudio.engine.opencl.stage import Stage, StageTable
from cnnstudio.operations import (
    Add,
    Concatenate,
    Multiply,
)


class AddStage(Stage[Add]):
    """The sum of the inputs."""

    def forward(self) -> list[Job]:
        c = self.context
        first, second, *others = c.inputs
        jobs = [elementwise_job(c.shape, {"a": first, "b": second}, "a + b", store_epilogue(c.output))]
        add = store_epilogue(c.output, mode="add")
        return jobs + [elementwise_job(c.shape, {"a": other}, "a", add) for other in others]

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        jobs, reads = self.gradient.finish(), {"grad_output": self.grad_output}
        return jobs + [
            elementwise_job(self.context.shape, reads, "grad_output", epilogue) for epilogue in grad_inputs if epilogue
        ]


class MultiplyStage(Stage[Multiply]):
    """The product of the inputs."""

    def forward(self) -> list[Job]:
        c = self.context
        first, second, *others = c.inputs
        jobs = [elementwise_job(c.shape, {"a": first, "b": second}, "a * b", store_epilogue(c.output))]
        multiply = store_epilogue(c.output, mode="multiply")
        return jobs + [elementwise_job(c.shape, {"a": other}, "a", multiply) for other in others]

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        jobs = self.gradient.finish()
        for index, epilogue in enumerate(grad_inputs):
            if epilogue is not None:
                others = [value for other, value in enumerate(self.context.inputs) if other != index]
                jobs += self._input_gradient_jobs(others, epilogue)
        return jobs

    def _input_gradient_jobs(self, others: list[Value], epilogue: Epilogue) -> list[Job]:
        """The gradient of the output times all other inputs."""
        c, (first, *rest) = self.context, others
        reads = {"grad_output": self.grad_output, "a": first}
        if not rest:
            return [elementwise_job(c.shape, reads, "grad_output * a", epilogue)]
        product = c.memory.value(c.memory.layout(c.shape), c.times.backward, c.times.backward)
        multiply = store_epilogue(product, mode="multiply")
        jobs = [elementwise_job(c.shape, reads, "grad_output * a", store_epilogue(product))]
        jobs += [elementwise_job(c.shape, {"a": value}, "a", multiply) for value in rest[:-1]]
        return [*jobs, elementwise_job(c.shape, {"product": product, "a": rest[-1]}, "product * a", epilogue)]


class ConcatenateStage(Stage[Concatenate]):
    """The channels of all inputs, one after another."""

    def _parts(self, value: Value) -> list[Value]:
        """The part of a value of the output's shape that belongs to each input."""
        parts, first = [], 0
        for channels, *_ in self.context.input_shapes:
            parts.append(Value(value.layout.part(first, channels), value.region))
            first += channels
        return parts

    def forward(self) -> list[Job]:
        pairs = zip(self.context.inputs, self._parts(self.context.output), strict=True)
        return [elementwise_job(value.layout.shape, {"x": value}, "x", store_epilogue(part)) for value, part in pairs]

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        jobs = self.gradient.finish()
        for part, epilogue in zip(self._parts(self.grad_output), grad_inputs, strict=True):
            if epilogue is not None:
                jobs.append(elementwise_job(part.layout.shape, {"grad_output": part}, "grad_output", epilogue))
        return jobs


STAGES: StageTable = {Add: AddStage, Multiply: MultiplyStage, Concatenate: ConcatenateStage}
