"""Stages of fully connected layers and reshapes."""

from __future__ import annotations

from cnnstudio.engine.fusion import Fused
from cnnstudio.engine.opencl.device_traits import balanced
from cnnstudio.engine.opencl.elementwise_jobs import channel_sum_job
from cnnstudio.engine.opencl.epilogues import store_epilogue
from cnnstudio.engine.opencl.job import Constant, Epilogue, Job, KernelArg, Value
from cnnstudio.engine.opencl.layout import Layout
from cnnstudio.engine.opencl.output_gradient import FusedTail, OutputGradient
from cnnstudio.engine.opencl.stage import Stage, StageTable
from cnnstudio.operations import (
    Dense,
    Reshape,
    Shape,
    elements,
)

MAX_OUTPUTS = 8  # that a work item computes going forward
MAX_INPUTS = 16  # whose gradients a work item computes
MAX_WEIGHT_ROWS = 8  # outputs whose weight gradients are computed at once
MAX_SUMS = 64  # weight gradients for which a work item holds a vector of sums


class DenseStage(Stage[Fused[Dense]]):
    """weight @ x + bias, then the fused activation."""

    def make_gradient(self) -> OutputGradient:
        c = self.context
        # the weight's gradient may be computed at any later time
        target = c.memory.value(c.memory.layout(c.shape), c.times.first_gradient, c.times.end)
        return OutputGradient(target, c.gradients.contributors, FusedTail(self.operation.activation, c.output))

    @property
    def _sizes(self) -> dict[str, Constant]:
        return {"INPUTS": elements(self.context.input_shapes[0]), "OUTPUTS": elements(self.context.shape)}

    def forward(self) -> list[Job]:
        c = self.context
        bias = c.weights.optional("bias")
        units = balanced(elements(c.shape), MAX_OUTPUTS)
        constants = self._sizes | {"UNITS": units, "INITIAL(u_)": "(V)(bias[u_])" if bias else "ZERO"}
        args = (c.weights.arg("weight"), c.inputs[0].arg("x"), *([bias] if bias else []))
        count = -(-elements(c.shape) // units)
        epilogue = store_epilogue(c.output, self.operation.activation)
        return [Job("dense/forward", args, constants, count, epilogue, reuses_weights=True)]

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        c = self.context
        jobs = self.gradient.finish()
        partial = c.weights.partial_sums("weight", final=True)
        if partial:
            jobs.append(self._weight_gradient_job(partial))
        partial = c.weights.partial_sums("bias")
        if partial:
            jobs.append(channel_sum_job(c.shape, {"grad_output": self.grad_output}, "grad_output", partial))
        if grad_inputs[0] is not None:
            units = balanced(elements(c.input_shapes[0]), MAX_INPUTS)
            args = (c.weights.arg("weight"), self.grad_output.arg("grad_output"))
            count = -(-elements(c.input_shapes[0]) // units)
            constants = self._sizes | {"UNITS": units}
            jobs.append(Job("dense/input_gradient", args, constants, count, grad_inputs[0], reuses_weights=True))
        return jobs

    def _weight_gradient_job(self, partial: KernelArg) -> Job:
        c = self.context
        outputs, width = elements(c.shape), c.traits.width
        units = min(range(min(MAX_WEIGHT_ROWS, outputs), 0, -1), key=lambda size: (-(-outputs // size) * size, -size))
        part = units * min(balanced(outputs // units, MAX_SUMS // units), outputs // units)
        constants = self._sizes | {"UNITS": units, "PART": part}
        count = -(-elements(c.input_shapes[0]) // width) * -(-outputs // part)
        args = (c.inputs[0].arg("x"), self.grad_output.arg("grad_output"), partial, c.host.flag)
        return Job("dense/weight_gradient", args, constants, count, all_blocks=True)


class ReshapeStage(Stage[Reshape]):
    """A copy, for values that cannot be viewed under another shape because of a border around their maps."""

    def forward(self) -> list[Job]:
        c = self.context
        return [_copy_job(c.inputs[0], c.shape, store_epilogue(c.output))]

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        jobs = self.gradient.finish()
        if grad_inputs[0] is not None:
            jobs.append(_copy_job(self.grad_output, self.context.input_shapes[0], grad_inputs[0]))
        return jobs


def _copy_job(source: Value, target: Shape, epilogue: Epilogue) -> Job:
    channels, height, width = Layout(target, 1).maps
    _, source_height, source_width = source.layout.maps
    constants: dict[str, Constant] = {
        "HEIGHT": height,
        "WIDTH": width,
        "X_HEIGHT": source_height,
        "X_WIDTH": source_width,
    }
    return Job("reshape", (source.arg("x"),), constants, channels * height, epilogue)


STAGES: StageTable = {Dense: DenseStage, Reshape: ReshapeStage}
