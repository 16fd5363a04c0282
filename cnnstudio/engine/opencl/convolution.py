"""Stages that convolve, with what the program has joined to them."""

from __future__ import annotations

from cnnstudio.engine.fusion import Fused
from cnnstudio.engine.opencl.convolution_geometry import Windows
from cnnstudio.engine.opencl.convolution_jobs import chunks_of, slide_job, spread_job, weight_job
from cnnstudio.engine.opencl.elementwise import channel_sum_job, clear_jobs
from cnnstudio.engine.opencl.gradient import Gradient, Joined
from cnnstudio.engine.opencl.job import Job, Port, Region, Sink, Value
from cnnstudio.engine.opencl.kernel_outputs import index_kind, into
from cnnstudio.engine.opencl.layout import NO_BORDER
from cnnstudio.engine.opencl.pooling import index_type, max_input_job, max_job
from cnnstudio.engine.opencl.stage import Bench, Stage
from cnnstudio.engine.opencl.winograd import Fast, fast_slide_jobs, fast_weight_job, filter_numbers, weight_chunks
from cnnstudio.operations import Convolution, MaxPooling, Shape, TransposedConvolution

FEW_FILTERS = 1 << 22  # numbers of transformed filters up to which they keep memory of their own
MOST_SPOTS = 9  # of a pooling window that a convolution computes at once


class ConvolutionStage(Stage):
    """A convolution, then max pooling, bias and activation where the program has joined them to it."""

    def __init__(self, bench: Bench) -> None:
        assert isinstance(bench.operation, Fused)
        assert isinstance(bench.operation.head, Convolution)
        self.activation, self.pooling = bench.operation.activation, bench.operation.pool
        self.windows = Windows.of(bench.operation.head, bench.shapes[0])
        self.fast = Fast.of(self.windows, bench.traits)
        self.tiled = self.pooling is not None and _tiles(self.pooling, self.windows.small)
        self.raw = bench.forward_scratch(self.windows.small) if self.pooling and not self.tiled else None
        self.won: Value | None = None
        if self.pooling and bench.learning:
            self.won = bench.kept(bench.shape, index_type(self.pooling))
        super().__init__(bench)

    def make_gradient(self) -> Gradient:
        b = self.bench
        border = self.fast.border_of_small(self.windows) if b.wanted[0] else NO_BORDER
        direct = self.pooling is None or self.tiled
        first = b.gradient_time if direct else b.backward_time
        self.draw = b.value(b.layout(self.windows.small, border), first, b.backward_time)
        if self.pooling is None:
            return Gradient(self.draw, b.contributors, Joined(self.activation, b.output))
        pooled = None
        if not self.tiled or b.contributors > 1:
            pooled = b.value(b.layout(b.shape), b.gradient_time, b.backward_time)
        if pooled and not self.tiled:
            return Gradient(pooled, b.contributors, Joined(self.activation, b.output))
        return Gradient(self.draw, b.contributors, Joined(self.activation, b.output, self.pooling, self.won), pooled)

    def forward(self) -> list[Job]:
        b = self.bench
        if self.pooling is not None and self.raw is not None:
            pool = max_job(self.pooling, self.raw, into(b.output, self.activation), self.won)
            return [*self._slide(into(self.raw)), pool]
        note = self.won.port("won_at", writes=True, kind=index_kind(self.won)) if self.won else None
        return self._slide(into(b.output, self.activation), self.pooling, note)

    def _slide(self, sink: Sink, pooling: MaxPooling | None = None, note: Port | None = None) -> list[Job]:
        """The convolution itself, and a pooling that it can do at once."""
        b = self.bench
        bias, weight, x = b.weights.get("bias"), b.weights["weight"], b.inputs[0]
        if self.fast.forward and (pooling is None or pooling.pool_size == (2, 2)):
            filters = self._filters(to_small=True)
            return fast_slide_jobs(
                self.windows, b.traits, x, weight, filters, sink, to_small=True, bias=bias, pooling=pooling, note=note
            )
        return [
            slide_job(self.windows, b.traits, x, weight, sink, to_small=True, bias=bias, pooling=pooling, note=note)
        ]

    def _filters(self, *, to_small: bool) -> Region:
        """Memory for transformed filters."""
        b = self.bench
        numbers, time = (
            filter_numbers(self.windows, b.traits, to_small=to_small),
            b.forward_time if to_small else b.backward_time,
        )
        moments = (-1, b.end) if numbers <= FEW_FILTERS else (time, time)
        return b.common_array(numbers, *moments)

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        jobs = self.gradient.complete()
        if self.pooling is not None and not self.tiled:
            assert self.won is not None
            jobs += clear_jobs(self.draw)
            jobs.append(max_input_job(self.pooling, self.windows.small, self.dy, self.won, into(self.draw)))
        return jobs + self._weight_jobs() + (self._input_jobs(sinks[0]) if sinks[0] is not None else [])

    def _weight_jobs(self) -> list[Job]:
        """The gradients of weight and bias, as far as they learn."""
        b, chunks = self.bench, chunks_of(self.windows, self.bench.traits.lanes)
        count, whole = (weight_chunks(self.windows)[0], False) if self.fast.weight else (chunks.count, chunks.whole)
        partial = b.partial("weight", count, whole=whole)
        bias = b.partial("bias", count, whole=whole, name="bias_partial")
        if partial is None:
            return []
        if self.fast.weight:
            return [fast_weight_job(self.windows, b.traits, b.inputs[0], self.draw, partial, bias)]
        return [weight_job(self.windows, b.traits, b.inputs[0], self.draw, partial, bias, b.flag)]

    def _input_jobs(self, sink: Sink) -> list[Job]:
        b, weight = self.bench, self.bench.weights["weight"]
        if self.fast.backward:
            filters = self._filters(to_small=False)
            return fast_slide_jobs(self.windows, b.traits, self.draw, weight, filters, sink, to_small=False)
        if self.windows.plain:
            return [slide_job(self.windows, b.traits, self.draw, weight, sink, to_small=False)]
        return [spread_job(self.windows, b.traits, self.draw, weight, sink)]


class TransposedConvolutionStage(Stage):
    """Each pixel spreads over a larger image; the way back is a convolution of the output's gradient."""

    def __init__(self, bench: Bench) -> None:
        assert isinstance(bench.operation, TransposedConvolution)
        self.windows = Windows.of(bench.operation, bench.shapes[0])
        super().__init__(bench)

    def make_gradient(self) -> Gradient:
        b = self.bench
        border = self.windows.border_of_large
        return Gradient(b.value(b.layout(b.shape, border), b.gradient_time, b.backward_time), b.contributors)

    def forward(self) -> list[Job]:
        b = self.bench
        x, weight, bias, sink = b.inputs[0], b.weights["weight"], b.weights.get("bias"), into(b.output)
        if self.windows.plain:
            return [slide_job(self.windows, b.traits, x, weight, sink, to_small=False, bias=bias)]
        return [spread_job(self.windows, b.traits, x, weight, sink, bias)]

    def backward(self, sinks: tuple[Sink | None, ...]) -> list[Job]:
        b = self.bench
        jobs = self.gradient.complete()
        partial = b.partial("bias")
        if partial:
            jobs.append(channel_sum_job(b.shape, {"dy": self.dy}, "dy", partial))
        chunks = chunks_of(self.windows, b.traits.lanes)
        partial = b.partial("weight", chunks.count, whole=chunks.whole)
        if partial:
            jobs.append(weight_job(self.windows, b.traits, self.dy, b.inputs[0], partial, None, b.flag))
        if sinks[0] is not None:
            jobs.append(slide_job(self.windows, b.traits, self.dy, b.weights["weight"], sinks[0], to_small=True))
        return jobs


def _tiles(pooling: MaxPooling, image: Shape) -> bool:
    """Whether the windows are few pixels, tile the image and stay within it."""
    spots = pooling.pool_size[0] * pooling.pool_size[1]
    inside = pooling.padding == NO_BORDER and pooling.overhang == (0, 0)
    return pooling.stride == pooling.pool_size and inside and spots <= MOST_SPOTS
