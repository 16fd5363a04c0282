"""Stages of convolutions and transposed convolutions."""

from __future__ import annotations

from cnnstudio.engine.fusion import Fused
from cnnstudio.engine.opencl.convolution_geometry import ConvolutionGeometry
from cnnstudio.engine.opencl.convolution_jobs import (
    chunks_of,
    direct_convolution_job,
    transposed_convolution_job,
    weight_gradient_job,
)
from cnnstudio.engine.opencl.elementwise_jobs import channel_sum_job, clear_border_jobs
from cnnstudio.engine.opencl.epilogues import index_type, store_epilogue
from cnnstudio.engine.opencl.job import Epilogue, Job, KernelArg, Region, Value
from cnnstudio.engine.opencl.layout import NO_BORDER
from cnnstudio.engine.opencl.output_gradient import FusedTail, OutputGradient
from cnnstudio.engine.opencl.pooling import argmax_dtype, max_pooling_gradient_job, max_pooling_job
from cnnstudio.engine.opencl.stage import Stage, StageContext, StageTable
from cnnstudio.engine.opencl.winograd import (
    WinogradUse,
    transformed_filter_size,
    weight_chunks,
    winograd_convolution_jobs,
    winograd_weight_gradient_job,
)
from cnnstudio.operations import (
    Convolution,
    MaxPooling,
    TransposedConvolution,
)

DEDICATED_FILTERS_LIMIT = 1 << 22  # size of transformed filters up to which they share their memory with nothing
MAX_WINDOW_POSITIONS = 9  # of a pooling window that a convolution computes at once


class ConvolutionStage(Stage[Fused[Convolution]]):
    """A convolution, then max pooling, bias and activation where these are fused into it."""

    def __init__(self, context: StageContext[Fused[Convolution]]) -> None:
        operation = context.operation
        self.activation, self.pooling = operation.activation, operation.pool
        self.geometry = ConvolutionGeometry.of(operation.head, context.input_shapes[0])
        self.winograd = WinogradUse.of(self.geometry, context.traits)
        self.pools_in_kernel = self.pooling is not None and _tiles_exactly(self.pooling)
        self.unpooled: Value | None = None  # the convolution's result, where another kernel pools it
        if self.pooling and not self.pools_in_kernel:
            self.unpooled = context.memory.forward_value(self.geometry.small)
        self.argmax: Value | None = None
        if self.pooling and context.gradients.needed:
            self.argmax = context.memory.saved_for_backward(context.shape, argmax_dtype(self.pooling))
        super().__init__(context)

    def make_gradient(self) -> OutputGradient:
        c, memory, times = self.context, self.context.memory, self.context.times
        contributors = c.gradients.contributors
        border = self.winograd.border_of_small(self.geometry) if c.gradients.inputs[0] else NO_BORDER
        direct = self.pooling is None or self.pools_in_kernel
        first = times.first_gradient if direct else times.backward
        self.grad_unpooled = memory.value(memory.layout(self.geometry.small, border), first, times.backward)
        if self.pooling is None:
            return OutputGradient(self.grad_unpooled, contributors, FusedTail(self.activation, c.output))
        grad_pooled: Value | None = None
        if not self.pools_in_kernel or contributors > 1:
            grad_pooled = memory.value(memory.layout(c.shape), times.first_gradient, times.backward)
        if grad_pooled and not self.pools_in_kernel:
            return OutputGradient(grad_pooled, contributors, FusedTail(self.activation, c.output))
        tail = FusedTail(self.activation, c.output, self.pooling, self.argmax)
        return OutputGradient(self.grad_unpooled, contributors, tail, grad_pooled)

    def forward(self) -> list[Job]:
        epilogue = store_epilogue(self.context.output, self.activation)
        if self.pooling is not None and self.unpooled is not None:
            pool = max_pooling_job(self.pooling, self.unpooled, epilogue, self.argmax)
            return [*self._convolution_jobs(store_epilogue(self.unpooled)), pool]
        argmax: KernelArg | None = None
        if self.argmax:
            argmax = self.argmax.arg("argmax_map", writes=True, element_type=index_type(self.argmax))
        return self._convolution_jobs(epilogue, self.pooling, argmax)

    def _convolution_jobs(
        self, epilogue: Epilogue, pooling: MaxPooling | None = None, argmax: KernelArg | None = None
    ) -> list[Job]:
        """The convolution itself, with a pooling that the same kernel can do."""
        c = self.context
        bias, weight, x = c.weights.optional("bias"), c.weights.arg("weight"), c.inputs[0]
        if self.winograd.forward and (pooling is None or pooling.pool_size == (2, 2)):
            return winograd_convolution_jobs(
                self.geometry,
                c.traits,
                x,
                weight,
                self._transformed_filters(to_small=True),
                epilogue,
                to_small=True,
                bias=bias,
                pooling=pooling,
                argmax=argmax,
            )
        return [
            direct_convolution_job(
                self.geometry, c.traits, x, weight, epilogue, to_small=True, bias=bias, pooling=pooling, argmax=argmax
            )
        ]

    def _transformed_filters(self, *, to_small: bool) -> Region:
        """Memory for transformed filters."""
        times = self.context.times
        size = transformed_filter_size(self.geometry, self.context.traits, to_small=to_small)
        time = times.forward if to_small else times.backward
        first, last = (-1, times.end) if size <= DEDICATED_FILTERS_LIMIT else (time, time)
        return self.context.memory.common_array(size, first, last)

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        jobs, (grad_input,) = self.gradient.finish(), grad_inputs
        if self.pooling is not None and self.argmax is not None and not self.pools_in_kernel:
            epilogue = store_epilogue(self.grad_unpooled)
            jobs += clear_border_jobs(self.grad_unpooled)
            jobs.append(
                max_pooling_gradient_job(self.pooling, self.geometry.small, self.grad_output, self.argmax, epilogue)
            )
        return jobs + self._weight_gradient_jobs() + (self._input_gradient_jobs(grad_input) if grad_input else [])

    def _weight_gradient_jobs(self) -> list[Job]:
        """The gradients of weight and bias, where these are trained."""
        c, chunks = self.context, chunks_of(self.geometry, self.context.traits.lanes)
        count, final = chunks.count, chunks.all_blocks
        if self.winograd.weight_gradient:
            count, final = weight_chunks(self.geometry)[0], False
        partial = c.weights.partial_sums("weight", count, final=final)
        bias = c.weights.partial_sums("bias", count, final=final, name="bias_partial")
        if partial is None:
            return []
        x, grad_output = c.inputs[0], self.grad_unpooled
        if self.winograd.weight_gradient:
            return [winograd_weight_gradient_job(self.geometry, c.traits, x, grad_output, partial, bias)]
        return [weight_gradient_job(self.geometry, c.traits, x, grad_output, partial, bias, c.host.flag)]

    def _input_gradient_jobs(self, epilogue: Epilogue) -> list[Job]:
        c, weight, grad_output = self.context, self.context.weights.arg("weight"), self.grad_unpooled
        if self.winograd.input_gradient:
            filters = self._transformed_filters(to_small=False)
            return winograd_convolution_jobs(
                self.geometry, c.traits, grad_output, weight, filters, epilogue, to_small=False
            )
        if self.geometry.unit_stride:
            return [direct_convolution_job(self.geometry, c.traits, grad_output, weight, epilogue, to_small=False)]
        return [transposed_convolution_job(self.geometry, c.traits, grad_output, weight, epilogue)]


class TransposedConvolutionStage(Stage[TransposedConvolution]):
    """A transposed convolution; the gradient of its input is a convolution."""

    def __init__(self, context: StageContext[TransposedConvolution]) -> None:
        self.geometry = ConvolutionGeometry.of(context.operation, context.input_shapes[0])
        super().__init__(context)

    def make_gradient(self) -> OutputGradient:
        c = self.context
        layout = c.memory.layout(c.shape, self.geometry.border_of_large)
        target = c.memory.value(layout, c.times.first_gradient, c.times.backward)
        return OutputGradient(target, c.gradients.contributors)

    def forward(self) -> list[Job]:
        c = self.context
        x, weight, bias = c.inputs[0], c.weights.arg("weight"), c.weights.optional("bias")
        epilogue = store_epilogue(c.output)
        if self.geometry.unit_stride:
            return [direct_convolution_job(self.geometry, c.traits, x, weight, epilogue, to_small=False, bias=bias)]
        return [transposed_convolution_job(self.geometry, c.traits, x, weight, epilogue, bias)]

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        c, grad_output, (grad_input,) = self.context, self.grad_output, grad_inputs
        jobs = self.gradient.finish()
        partial = c.weights.partial_sums("bias")
        if partial:
            jobs.append(channel_sum_job(c.shape, {"grad_output": grad_output}, "grad_output", partial))
        chunks = chunks_of(self.geometry, c.traits.lanes)
        partial = c.weights.partial_sums("weight", chunks.count, final=chunks.all_blocks)
        if partial:
            jobs.append(
                weight_gradient_job(self.geometry, c.traits, grad_output, c.inputs[0], partial, None, c.host.flag)
            )
        if grad_input is not None:
            weight = c.weights.arg("weight")
            jobs.append(direct_convolution_job(self.geometry, c.traits, grad_output, weight, grad_input, to_small=True))
        return jobs


def _tiles_exactly(pooling: MaxPooling) -> bool:
    """Whether the windows are small, do not overlap, and stay within the image."""
    positions = pooling.pool_size[0] * pooling.pool_size[1]
    inside = pooling.padding == NO_BORDER and pooling.overhang == (0, 0)
    return pooling.stride == pooling.pool_size and inside and positions <= MAX_WINDOW_POSITIONS


STAGES: StageTable = {Convolution: ConvolutionStage, TransposedConvolution: TransposedConvolutionStage}
