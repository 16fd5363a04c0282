"""Stages that compute each number from the one at the same position, and softmax."""

from __future__ import annotations

from dataclasses import replace

from cnnstudio.engine.opencl.elementwise_jobs import channel_sum_job, elementwise_job
from cnnstudio.engine.opencl.epilogues import activation_text, derivative_text, store_epilogue
from cnnstudio.engine.opencl.job import Constant, Epilogue, Job, KernelArg
from cnnstudio.engine.opencl.layout import Layout
from cnnstudio.engine.opencl.stage import Stage, StageContext, StageTable
from cnnstudio.operations import (
    Activation,
    Dropout,
    GaussianNoise,
    ParametricReLU,
    Softmax,
    Standardization,
)


class ActivationStage(Stage[Activation]):
    """An activation that is not fused into another stage."""

    def forward(self) -> list[Job]:
        c = self.context
        result = activation_text(self.operation, "x")
        return [elementwise_job(c.shape, {"x": c.inputs[0]}, result, store_epilogue(c.output))]

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        c = self.context
        jobs = self.gradient.finish()
        if grad_inputs[0] is not None:
            reads = {"grad_output": self.grad_output, "x": c.inputs[0], "y": c.output}
            result = f"grad_output * {derivative_text(self.operation, 'x', 'y')}"
            jobs.append(elementwise_job(c.shape, reads, result, grad_inputs[0]))
        return jobs


class ParametricReLUStage(Stage[ParametricReLU]):
    """max(x, 0) + slope * min(x, 0), with a trainable slope for each channel."""

    def forward(self) -> list[Job]:
        c = self.context
        slopes = {"slope": c.weights.arg("weight", "slopes")}
        result = "x < ZERO ? x * slope : x"
        return [elementwise_job(c.shape, {"x": c.inputs[0]}, result, store_epilogue(c.output), slopes)]

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        c = self.context
        jobs = self.gradient.finish()
        reads = {"grad_output": self.grad_output, "x": c.inputs[0]}
        partial = c.weights.partial_sums("weight")
        if partial:
            jobs.append(channel_sum_job(c.shape, reads, "grad_output * (x < ZERO ? x : ZERO)", partial))
        if grad_inputs[0] is not None:
            slopes = {"slope": c.weights.arg("weight", "slopes")}
            result = "grad_output * (x > ZERO ? ONE : (V)(slope))"
            jobs.append(elementwise_job(c.shape, reads, result, grad_inputs[0], slopes))
        return jobs


class SoftmaxStage(Stage[Softmax]):
    """exp(x) / sum of exp(x) over the channels."""

    def forward(self) -> list[Job]:
        c = self.context
        y = KernelArg("y", c.output.region, c.output.layout, writes=True)
        return [self._job("softmax", (c.inputs[0].arg("x"), y), None)]

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        jobs = self.gradient.finish()
        if grad_inputs[0] is not None:
            args = (self.grad_output.arg("grad_output"), self.context.output.arg("y"))
            jobs.append(self._job("softmax_gradient", args, grad_inputs[0]))
        return jobs

    def _job(self, kernel: str, args: tuple[KernelArg, ...], epilogue: Epilogue | None) -> Job:
        channels, height, width = Layout(self.context.shape, 1).maps
        constants: dict[str, Constant] = {"CHANNELS": channels, "HEIGHT": height, "WIDTH": width}
        return Job(kernel, args, constants, height * width, epilogue)


class DropoutStage(Stage[Dropout]):
    """x times 0 or 1 / (1 - rate), from uniform random numbers that the host draws for every step."""

    def __init__(self, context: StageContext[Dropout]) -> None:
        super().__init__(context)
        shape, rate = context.shape, self.operation.rate
        self.random = context.random_input((shape[0], 1, 1) if self.operation.whole_maps else shape)
        self.factor = f"(random >= (V)({rate!r}f) ? (V)({1.0 / (1.0 - rate)!r}f) : ZERO)"

    def forward(self) -> list[Job]:
        c = self.context
        reads = {"x": c.inputs[0], "random": self.random}
        return [self._per_map(elementwise_job(c.shape, reads, f"x * {self.factor}", store_epilogue(c.output)))]

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        jobs = self.gradient.finish()
        if grad_inputs[0] is not None:
            reads = {"grad_output": self.grad_output, "random": self.random}
            job = elementwise_job(self.context.shape, reads, f"grad_output * {self.factor}", grad_inputs[0])
            jobs.append(self._per_map(job))
        return jobs

    def _per_map(self, job: Job) -> Job:
        """With one random number for a whole map, its pointer does not advance with rows and columns."""
        if not self.operation.whole_maps:
            return job
        return replace(job, constants={**job.constants, "RANDOMS_ROW": 0, "RANDOMS_STEP": 0})


class GaussianNoiseStage(Stage[GaussianNoise]):
    """x plus normal random numbers that the host draws for every step."""

    def __init__(self, context: StageContext[GaussianNoise]) -> None:
        super().__init__(context)
        self.random = context.random_input(context.shape)

    def forward(self) -> list[Job]:
        c = self.context
        reads, result = {"x": c.inputs[0], "random": self.random}, f"x + random * {self.operation.std!r}f"
        return [elementwise_job(c.shape, reads, result, store_epilogue(c.output))]

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        jobs = self.gradient.finish()
        if grad_inputs[0] is not None:
            reads = {"grad_output": self.grad_output}
            jobs.append(elementwise_job(self.context.shape, reads, "grad_output", grad_inputs[0]))
        return jobs


class StandardizationStage(Stage[Standardization]):
    """(x - mean) / std, for each channel."""

    def forward(self) -> list[Job]:
        c = self.context
        channels = {"mean": c.weights.arg("mean", "means"), "std": c.weights.arg("deviation", "stds")}
        return [elementwise_job(c.shape, {"x": c.inputs[0]}, "(x - mean) / std", store_epilogue(c.output), channels)]

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        jobs = self.gradient.finish()
        if grad_inputs[0] is not None:
            channels = {"std": self.context.weights.arg("deviation", "stds")}
            reads = {"grad_output": self.grad_output}
            jobs.append(elementwise_job(self.context.shape, reads, "grad_output / std", grad_inputs[0], channels))
        return jobs


STAGES: StageTable = {
    Activation: ActivationStage,
    ParametricReLU: ParametricReLUStage,
    Softmax: SoftmaxStage,
    Dropout: DropoutStage,
    GaussianNoise: GaussianNoiseStage,
    Standardization: StandardizationStage,
}
