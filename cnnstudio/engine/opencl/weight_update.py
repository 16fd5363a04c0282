"""Jobs at the end of a training step: sum up the gradient, clip it, and apply the optimizer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.opencl.device_traits import DeviceTraits
from cnnstudio.engine.opencl.host_buffers import HostBuffers
from cnnstudio.engine.opencl.job import Constant, Job, KernelArg, Region
from cnnstudio.engine.opencl.layout import aligned
from cnnstudio.engine.opencl.persistent_memory import PersistentMemory
from cnnstudio.engine.weights import Weights
from cnnstudio.operations.optimizer import SGD, Adagrad, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSprop

SEGMENT_LENGTH = 256  # numbers of a gradient that a work item sums up
VECTORS_PER_ITEM = 64  # of weights that a work item updates


@dataclass(frozen=True)
class PartialSums:
    """Where the partial sums of one weight's gradient lie: `chunks` arrays, each `aligned(size)` elements after the
    last, in each of `copies` blocks; or the gradient itself, where that is 0.
    """

    key: str
    region: Region
    chunks: int
    copies: int


@dataclass(frozen=True)
class Segment:
    """Neighboring numbers of one weight's gradient, which one work item sums up."""

    partial_sums: PartialSums
    first: int
    length: int

    @property
    def key(self) -> str:
        """The weight's."""
        return self.partial_sums.key


def segments_of(partial_sums: list[PartialSums], weights: Weights, options: TrainingOptions) -> list[Segment]:
    """What is left to sum up or to change, in the order of the weights: all but the gradients that are final."""
    found = []
    for sums in sorted(partial_sums, key=lambda sums: weights.places[sums.key][1].start):
        spec = weights.specs[sums.key]
        if sums.copies or options.clip or spec.l1 or spec.l2:
            starts = range(0, spec.size, SEGMENT_LENGTH)
            found += [Segment(sums, first, min(SEGMENT_LENGTH, spec.size - first)) for first in starts]
    return found


def segment_tables(segments: list[Segment], weights: Weights) -> tuple[Array, Array]:
    """The tables of the job that sums up the gradient: its segments (n, 7), and weight decays (rows, 2)."""
    keys = list(dict.fromkeys(segment.key for segment in segments))
    rows = []
    for segment in segments:
        sums, size = segment.partial_sums, weights.specs[segment.key].size
        source, start = sums.region.offset + segment.first, weights.places[segment.key][1].start + segment.first
        rows.append((source, sums.chunks, aligned(size), sums.copies, start, segment.length, keys.index(segment.key)))
    decays = [(weights.specs[key].l1, weights.specs[key].l2) for key in keys]
    return np.array(rows, np.int32).reshape(-1, 7), np.array(decays, np.float32).reshape(-1, 2)


def update_text(optimizer: Optimizer) -> str:
    """A call of the optimizer's update rule, as OpenCL text."""
    rate = "settings[LEARNING_RATE]"
    if isinstance(optimizer, Adam):
        decay = optimizer.decay if isinstance(optimizer, AdamW) else 0.0
        corrections = "settings[BIAS_CORRECTION_1], settings[BIAS_CORRECTION_2]"
        beta1, beta2 = optimizer.beta1, optimizer.beta2
        numbers = _floats(decay, beta1, 1.0 - beta1, beta2, 1.0 - beta2, optimizer.epsilon)
        return f"adam(p, grad, {rate}, {corrections}, {numbers})"
    if isinstance(optimizer, RMSprop):
        return f"rmsprop(p, grad, {rate}, {_floats(optimizer.decay, 1.0 - optimizer.decay, optimizer.epsilon)})"
    if isinstance(optimizer, Adagrad):
        return f"adagrad(p, grad, {rate}, {_floats(optimizer.epsilon)})"
    if isinstance(optimizer, Momentum | Nesterov):
        return f"{optimizer.kind}(p, grad, {rate}, {_floats(optimizer.momentum)})"
    assert isinstance(optimizer, SGD)
    return f"sgd(p, grad, {rate})"


def bias_corrections(optimizer: Optimizer, number: int) -> tuple[float, float]:
    """Adam's divisors for its two moments at the optimizer's step `number` (from 0); ones for other optimizers."""
    if isinstance(optimizer, Adam):
        return 1.0 - optimizer.beta1 ** (number + 1), 1.0 - optimizer.beta2 ** (number + 1)
    return 1.0, 1.0


@dataclass(frozen=True)
class UpdateContext:
    """Everything the jobs of the update are made from."""

    persistent: PersistentMemory
    host: HostBuffers
    traits: DeviceTraits
    options: TrainingOptions
    segments: list[Segment]
    segment_table: KernelArg
    decay_table: KernelArg
    gradient: Region  # of all weights
    trained_keys: Collection[str]  # of the weights that the program trains
    norms: Region  # for each segment, the sum of squares
    scale: Region  # what clipping by norm multiplies the gradient with
    after: tuple[Region, ...]  # written by the job that may raise the flag before the gradient is summed up

    @property
    def clip_norm(self) -> float:
        """The largest norm of the gradient; 0 where there is no limit."""
        return self.options.clip if self.options.clip_by == "norm" else 0.0

    @property
    def clip_value(self) -> float:
        """The largest magnitude of its numbers; 0 where there is no limit."""
        return self.options.clip if self.options.clip_by == "value" else 0.0


def update_jobs(context: UpdateContext) -> list[Job]:
    """Sum up the gradient, clip it, and update the weights."""
    if not context.persistent.weights.trained.size:
        return []
    jobs = [_sum_gradient_job(context)] if context.segments else []
    if context.clip_norm:
        args = (KernelArg("norms", context.norms), KernelArg("scale", context.scale, writes=True))
        constants: dict[str, Constant] = {"SEGMENTS": len(context.segments), "CLIP_NORM": float(context.clip_norm)}
        jobs.append(Job("training/clip_norm", args, constants, 1, all_blocks=True))
    return [*jobs, _update_weights_job(context)]


def commit_state_job(context: UpdateContext, key: str, next_state: Region) -> Job:
    """Replaces a state array by what the batch made of it, unless the flag is up."""
    args = (
        KernelArg("state", context.persistent.weight(key).region, writes=True),
        KernelArg("next_state", next_state),
        context.host.flag,
    )
    size, after = context.persistent.weights.specs[key].size, (*context.after, context.gradient)
    return Job("training/commit_state", args, {}, size, all_blocks=True, also_reads=after)


def _sum_gradient_job(context: UpdateContext) -> Job:
    args = (
        KernelArg("work", Region("work", 0), reads=False),
        KernelArg("common", Region("common", 0), reads=False),
        context.segment_table,
        context.decay_table,
        context.persistent.vector("trained"),
        KernelArg("gradient", context.gradient, writes=True),
        KernelArg("norms", context.norms, writes=True),
        context.host.flag,
    )
    specs = [context.persistent.weights.specs[segment.key] for segment in context.segments]
    constants: dict[str, Constant] = {
        "HAS_DECAY": int(any(spec.l1 or spec.l2 for spec in specs)),
        "NEEDS_NORM": int(context.clip_norm > 0.0),
    }
    if context.clip_value:
        constants["CLIP_VALUE"] = float(context.clip_value)
    sums = dict.fromkeys(segment.partial_sums.region for segment in context.segments)
    count = len(context.segments)
    return Job("training/sum_gradient", args, constants, count, all_blocks=True, also_reads=tuple(sums))


def _update_weights_job(context: UpdateContext) -> Job:
    persistent = context.persistent
    slots = [
        KernelArg(name, persistent.regions[slot], writes=True)
        for name, slot in zip("ab", persistent.slots, strict=False)
    ]
    vectors = persistent.weights.trained.size // context.traits.width
    constants: dict[str, Constant] = {
        "VECTORS_PER_ITEM": VECTORS_PER_ITEM,
        "VECTORS": vectors,
        "UPDATE": update_text(context.options.optimizer),
        "IS_TRAINED(k_)": _is_trained_text(context),
        "SCALE": "scale[0]" if context.clip_norm else "1.0f",
        "READ_SLOTS": " ".join(f"p.{slot.name} = LOAD({slot.name} + k * VW);" for slot in slots),
        "WRITE_SLOTS": " ".join(f"STORE(p.{slot.name}, {slot.name} + k * VW);" for slot in slots),
    }
    trained = KernelArg("trained", persistent.regions["trained"], writes=True)
    args = [trained, KernelArg("gradient", context.gradient), context.host.settings, context.host.flag, *slots]
    if context.clip_norm:
        args.append(KernelArg("scale", context.scale))
    return Job(
        "training/update_weights",
        tuple(args),
        constants,
        -(-vectors // VECTORS_PER_ITEM),
        all_blocks=True,
        includes=("training/optimizers.cl",),
        also_reads=context.after,
    )


def _is_trained_text(context: UpdateContext) -> str:
    """Whether a vector of weights belongs to a layer of the program: others get no gradient, and must not decay."""
    weights, width = context.persistent.weights, context.traits.width
    ranges = weights.trained_ranges(context.trained_keys)
    if ranges == [slice(0, weights.trained.size)]:
        return "true"
    return " || ".join(f"((k_) >= {r.start // width} && (k_) < {r.stop // width})" for r in ranges) or "false"


def _floats(*numbers: float) -> str:
    return ", ".join(f"{float(number)!r}f" for number in numbers)
