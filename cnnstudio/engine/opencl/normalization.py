"""Stages that normalize values: batch, layer, group, and local response normalization."""

from __future__ import annotations

from cnnstudio.engine.opencl.elementwise_jobs import channel_sum_job, elementwise_job
from cnnstudio.engine.opencl.epilogues import store_epilogue
from cnnstudio.engine.opencl.job import Constant, Epilogue, Job, KernelArg, Region
from cnnstudio.engine.opencl.layout import Layout, aligned
from cnnstudio.engine.opencl.stage import Stage, StageContext, StageTable
from cnnstudio.operations import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    LocalResponseNormalization,
    Shape,
)


def _size_constants(shape: Shape) -> dict[str, Constant]:
    channels, height, width = Layout(shape, 1).maps
    return {"CHANNELS": channels, "HEIGHT": height, "WIDTH": width}


class BatchNormalizationStage(Stage[BatchNormalization]):
    """Normalizes each channel by statistics of the batch; by the running ones in inference, or where it is frozen."""

    def __init__(self, context: StageContext[BatchNormalization]) -> None:
        super().__init__(context)
        channels, memory, times = context.shape[0], context.memory, context.times
        self.uses_batch_statistics = context.training and not self.operation.frozen
        needed = context.gradients.needed
        if self.uses_batch_statistics:
            last = times.backward if needed else times.forward
            statistics = memory.common_array(aligned(4 * channels), times.forward, last)
            self.statistics_out = KernelArg("statistics", statistics, writes=True)
            self.statistics = KernelArg("statistics", statistics)
            self.block_statistics = memory.block_array(aligned(2 * channels), times.forward, times.forward)
        if needed and self.uses_batch_statistics:
            size = aligned(channels)
            self.sums = [memory.block_array(size, times.backward, times.backward) for _ in range(2)]

    def forward(self) -> list[Job]:
        c = self.context
        if not self.uses_batch_statistics:
            return [self._inference_job()]
        out = KernelArg("block_statistics", self.block_statistics, writes=True, reads=False)
        args, constants = (c.inputs[0].arg("x"), out, c.host.header), _size_constants(c.shape)
        measure = Job("normalization/block_statistics", args, constants, c.shape[0], by_sample=False)
        return [measure, self._batch_statistics_job(), self._normalize_job()]

    def _inference_job(self) -> Job:
        c = self.context
        channels = {
            "scale": c.weights.arg("weight", "scales"),
            "offset": c.weights.arg("bias", "offsets"),
            "mean": c.weights.arg("running_mean", "means"),
            "variance": c.weights.arg("running_var", "variances"),
        }
        result = f"(x - mean) * (scale / sqrt(variance + {self.operation.epsilon!r}f)) + offset"
        return elementwise_job(c.shape, {"x": c.inputs[0]}, result, store_epilogue(c.output), channels)

    def _batch_statistics_job(self) -> Job:
        """Combines the statistics of the blocks, and computes the next running statistics."""
        c = self.context
        constants = _size_constants(c.shape) | {
            "EPSILON": self.operation.epsilon,
            "MOMENTUM": self.operation.momentum,
        }
        args = (
            KernelArg("block_statistics", self.block_statistics),
            self.statistics_out,
            c.host.header,
            c.weights.arg("running_mean"),
            c.weights.arg("running_var"),
            c.weights.next_state("running_mean").named("next_mean"),
            c.weights.next_state("running_var").named("next_var"),
            c.host.flag,
        )
        return Job("normalization/batch_statistics", args, constants, c.shape[0], all_blocks=True)

    def _normalization_args(self) -> dict[str, KernelArg]:
        """The numbers of each channel with which `(x - mean) * inverse_std` is normalized."""
        channels = self.context.shape[0]
        return {
            "mean": self.statistics.named("means"),
            "inverse_std": self.statistics.named("inverse_stds").shifted(channels),
        }

    def _normalize_job(self) -> Job:
        c = self.context
        channels = self._normalization_args() | {
            "scale": c.weights.arg("weight", "scales"),
            "offset": c.weights.arg("bias", "offsets"),
        }
        result = "(x - mean) * inverse_std * scale + offset"
        return elementwise_job(c.shape, {"x": c.inputs[0]}, result, store_epilogue(c.output), channels)

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        jobs, (grad_input,) = self.gradient.finish(), grad_inputs
        if not self.uses_batch_statistics:
            return jobs if grad_input is None else [*jobs, self._inference_gradient_job(grad_input)]
        jobs += self._sum_jobs("bias", "grad_output", self.sums[0], grad_input)
        jobs += self._sum_jobs("weight", "grad_output * ((x - mean) * inverse_std)", self.sums[1], grad_input)
        if grad_input is not None:
            jobs += [self._gradient_means_job(), self._input_gradient_job(grad_input)]
        return jobs

    def _inference_gradient_job(self, epilogue: Epilogue) -> Job:
        c = self.context
        channels = {
            "scale": c.weights.arg("weight", "scales"),
            "variance": c.weights.arg("running_var", "variances"),
        }
        result = f"grad_output * (scale / sqrt(variance + {self.operation.epsilon!r}f))"
        return elementwise_job(c.shape, {"grad_output": self.grad_output}, result, epilogue, channels)

    def _sum_jobs(self, role: str, term: str, sums: Region, grad_input: Epilogue | None) -> list[Job]:
        """The sums over each channel that are the gradient of a weight, and that the input's gradient needs, too."""
        c, reads, channels = self.context, {"grad_output": self.grad_output}, dict[str, KernelArg]()
        if role == "weight":
            reads, channels = reads | {"x": c.inputs[0]}, self._normalization_args()
        targets = [c.weights.partial_sums(role)]
        if grad_input is not None:
            targets.append(KernelArg("partial", sums, writes=True, reads=False))
        return [channel_sum_job(c.shape, reads, term, target, channels) for target in targets if target]

    def _gradient_means_job(self) -> Job:
        c = self.context
        args = (
            KernelArg("bias_sums", self.sums[0]),
            KernelArg("weight_sums", self.sums[1]),
            self.statistics_out,
            c.host.header,
        )
        return Job("normalization/batch_gradient_means", args, _size_constants(c.shape), c.shape[0], all_blocks=True)

    def _input_gradient_job(self, epilogue: Epilogue) -> Job:
        """Lanes beyond the batch must get no gradient: here alone the means would give them one."""
        c, channels = self.context, self.context.shape[0]
        numbers = self._normalization_args() | {
            "scale": c.weights.arg("weight", "scales"),
            "mean_grad": self.statistics.named("mean_grads").shifted(2 * channels),
            "mean_grad_normalized": self.statistics.named("mean_grads_normalized").shifted(3 * channels),
        }
        centered = "grad_output - mean_grad - (x - mean) * inverse_std * mean_grad_normalized"
        result = f"in_batch ? ({centered}) * (scale * inverse_std) : ZERO"
        reads = {"grad_output": self.grad_output, "x": c.inputs[0]}
        return elementwise_job(c.shape, reads, result, epilogue, numbers, header=c.host.header)


class SampleNormalizationStage(Stage[GroupNormalization | LayerNormalization]):
    """Normalizes groups of channels of each sample; layer normalization is one group with a weight for each number."""

    def __init__(self, context: StageContext[GroupNormalization | LayerNormalization]) -> None:
        super().__init__(context)
        self.is_layer = isinstance(self.operation, LayerNormalization)
        self.groups = self.operation.groups if isinstance(self.operation, GroupNormalization) else 1
        self.constants = _size_constants(context.shape) | {
            "GROUP_CHANNELS": context.shape[0] // self.groups,
            "EPSILON": self.operation.epsilon,
            "FEATURE": "((c * HEIGHT + h) * WIDTH + w)" if self.is_layer else "c",
        }
        self.normalized = context.memory.saved_for_backward(context.shape)
        self.inverse_std = context.memory.saved_for_backward((self.groups,))

    def forward(self) -> list[Job]:
        c = self.context
        args = (
            c.inputs[0].arg("x"),
            c.weights.arg("weight"),
            c.weights.arg("bias"),
            self.normalized.arg("normalized", writes=True),
            self.inverse_std.arg("inverse_std", writes=True),
        )
        return [Job("normalization/group", args, self.constants, self.groups, store_epilogue(c.output))]

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        c = self.context
        jobs = self.gradient.finish()
        for role, term in (("weight", "grad_output * normalized"), ("bias", "grad_output")):
            partial = c.weights.partial_sums(role)
            if partial:
                jobs.append(self._sum_job(term, partial))
        if grad_inputs[0] is not None:
            args = (
                self.grad_output.arg("grad_output"),
                c.weights.arg("weight"),
                self.normalized.arg("normalized"),
                self.inverse_std.arg("inverse_std"),
            )
            jobs.append(Job("normalization/group_gradient", args, self.constants, self.groups, grad_inputs[0]))
        return jobs

    def _sum_job(self, term: str, partial: KernelArg) -> Job:
        """For layer normalization, which has a weight for each number of a sample, each number counts as a channel."""
        reads = {"grad_output": self.grad_output}
        if "normalized" in term:
            reads["normalized"] = self.normalized
        if self.is_layer:
            reads = {name: value.flat() for name, value in reads.items()}
        return channel_sum_job(reads["grad_output"].layout.shape, reads, term, partial)


class LocalResponseNormalizationStage(Stage[LocalResponseNormalization]):
    """x / (bias + alpha / size * sum of squares of neighboring channels) ** beta"""

    def __init__(self, context: StageContext[LocalResponseNormalization]) -> None:
        super().__init__(context)
        operation = self.operation
        before = (operation.size - 1) // 2
        self.constants = _size_constants(context.shape) | {
            "SIZE": operation.size,
            "ALPHA": operation.alpha,
            "BETA": operation.beta,
            "BIAS": operation.bias,
            "BEFORE": before,
            "AFTER": operation.size - 1 - before,
        }
        self.rows = context.shape[0] * context.shape[1]
        self.divisor = context.memory.saved_for_backward(context.shape)

    def forward(self) -> list[Job]:
        c = self.context
        args = (c.inputs[0].arg("x"), self.divisor.arg("divisor", writes=True))
        return [Job("normalization/local_response", args, self.constants, self.rows, store_epilogue(c.output))]

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        c = self.context
        jobs = self.gradient.finish()
        if grad_inputs[0] is not None:
            args = (
                self.grad_output.arg("grad_output"),
                c.inputs[0].arg("x"),
                c.output.arg("y"),
                self.divisor.arg("divisor"),
            )
            kernel = "normalization/local_response_gradient"
            jobs.append(Job(kernel, args, self.constants, self.rows, grad_inputs[0]))
        return jobs


STAGES: StageTable = {
    BatchNormalization: BatchNormalizationStage,
    GroupNormalization: SampleNormalizationStage,
    LayerNormalization: SampleNormalizationStage,
    LocalResponseNormalization: LocalResponseNormalizationStage,
}
