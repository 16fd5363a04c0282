"""Jobs that end a step: the gradient put together, and the optimizer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnstudio.engine.engine import Learning
from cnnstudio.engine.opencl.host import HostMemory
from cnnstudio.engine.opencl.job import Constant, Job, Port, Region
from cnnstudio.engine.opencl.kept import Kept
from cnnstudio.engine.opencl.sliding import room
from cnnstudio.engine.opencl.traits import Traits
from cnnstudio.engine.weights import Weights
from cnnstudio.operations.optimizer import SGD, Adagrad, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSprop

PIECE = 256  # numbers of a gradient that a work item adds up
GRAIN = 64  # vectors of weights that a work item moves


@dataclass(frozen=True)
class Part:
    """Where the pieces of one weight's gradient are: `chunks` arrays, each `room(size)` numbers after the last, in
    each of `copies` blocks, or once where that is 0.
    """

    key: str
    region: Region
    chunks: int
    copies: int


def segments_of(parts: list[Part], weights: Weights) -> tuple[np.ndarray, np.ndarray]:
    """The tables of the job that collects the gradient: its pieces (n, 7), and the decays (rows, 2)."""
    by_key = {part.key: part for part in parts}
    keys = [key for key in weights.specs if weights.learns(key)]
    pieces = []
    for row, key in enumerate(keys):
        part, size = by_key.get(key), weights.specs[key].size
        for first in range(0, size, PIECE):
            source, chunks, copies = (part.region.offset + first, part.chunks, part.copies) if part else (0, 0, 0)
            start = weights.places[key][1].start + first
            pieces.append((source, chunks, room(size), copies, start, min(PIECE, size - first), row))
    decays = [(weights.specs[key].l1, weights.specs[key].l2) for key in keys]
    return np.array(pieces, np.int32).reshape(-1, 7), np.array(decays, np.float32).reshape(-1, 2)


def piece_count(weights: Weights) -> int:
    """How many pieces the gradient is collected in."""
    return sum(-(-weights.specs[key].size // PIECE) for key in weights.specs if weights.learns(key))


def move(optimizer: Optimizer) -> str:
    """The optimizer's rule with its numbers, as OpenCL text."""
    rate = "settings[RATE]"
    if isinstance(optimizer, Adam):
        shrink = optimizer.decay if isinstance(optimizer, AdamW) else 0.0
        numbers = (shrink, optimizer.beta1, optimizer.beta2, optimizer.epsilon)
        return f"adam(m, step, {rate}, settings[FIRST_MOMENT], settings[SECOND_MOMENT], {_floats(*numbers)})"
    if isinstance(optimizer, RMSprop):
        return f"rmsprop(m, step, {rate}, {_floats(optimizer.decay, optimizer.epsilon)})"
    if isinstance(optimizer, Adagrad):
        return f"adagrad(m, step, {rate}, {_floats(optimizer.epsilon)})"
    if isinstance(optimizer, Momentum | Nesterov):
        return f"{optimizer.kind}(m, step, {rate}, {_floats(optimizer.momentum)})"
    assert isinstance(optimizer, SGD)
    return f"sgd(m, step, {rate})"


def moments(optimizer: Optimizer, number: int) -> tuple[float, float]:
    """What Adam's means are divided by at this step; ones for others."""
    if isinstance(optimizer, Adam):
        return 1.0 - optimizer.beta1 ** (number + 1), 1.0 - optimizer.beta2 ** (number + 1)
    return 1.0, 1.0


@dataclass(frozen=True)
class Ending:
    """What a step ends with: memory, and how the network learns."""

    kept: Kept
    host: HostMemory
    traits: Traits
    learning: Learning
    segments: Port
    decays: Port
    gradient: Region
    norms: Region
    scale: Region
    parts: tuple[Region, ...]
    waits: tuple[Region, ...]  # written by the last job that may raise the flag before the gradient is collected

    @property
    def norm_limit(self) -> float:
        """How long the gradient may be; 0 where there is no limit."""
        return self.learning.clip if self.learning.clip_by == "norm" else 0.0

    @property
    def value_limit(self) -> float:
        """How large each of its numbers may be; 0 where there is no limit."""
        return self.learning.clip if self.learning.clip_by == "value" else 0.0


def ending_jobs(end: Ending) -> list[Job]:
    """Collect the gradient, limit it, and move the weights."""
    if not end.kept.weights.trained.size:
        return []
    jobs = [_collect_job(end)]
    if end.norm_limit:
        ports = (Port("norms", end.norms), Port("scale", end.scale, writes=True))
        constants: dict[str, Constant] = {"PIECES": piece_count(end.kept.weights), "CLIP_NORM": float(end.norm_limit)}
        jobs.append(Job("learning/norm", ports, constants, 1, whole=True))
    return [*jobs, _update_job(end)]


def commit_job(end: Ending, key: str, following: Region) -> Job:
    """Make a state array what the batch led to, if the step is good."""
    ports = (
        Port("state", end.kept.weight(key).region, writes=True),
        Port("next_state", following),
        end.host.flag,
    )
    size = end.kept.weights.specs[key].size
    return Job("learning/commit", ports, {}, size, whole=True, also_reads=(*end.waits, end.gradient))


def _collect_job(end: Ending) -> Job:
    ports = (
        Port("work", Region("work", 0), reads=False),
        Port("common", Region("common", 0), reads=False),
        end.segments,
        end.decays,
        end.kept.vector("trained"),
        Port("gradient", end.gradient, writes=True),
        Port("norms", end.norms, writes=True),
        end.host.flag,
    )
    constants: dict[str, Constant] = {"GRAIN": PIECE, "CLIP_VALUE": float(end.value_limit)}
    return Job("learning/collect", ports, constants, piece_count(end.kept.weights), whole=True, also_reads=end.parts)


def _update_job(end: Ending) -> Job:
    slots = [Port(name, end.kept.regions[slot], writes=True) for name, slot in zip("ab", end.kept.slots, strict=False)]
    vectors = end.kept.weights.trained.size // end.traits.width
    constants: dict[str, Constant] = {
        "GRAIN": GRAIN,
        "VECTORS": vectors,
        "MOVE": move(end.learning.optimizer),
        "SCALE": "scale[0]" if end.norm_limit else "1.0f",
        "READ_SLOTS": " ".join(f"m.{slot.name} = LOAD({slot.name} + k * VW);" for slot in slots),
        "WRITE_SLOTS": " ".join(f"STORE(m.{slot.name}, {slot.name} + k * VW);" for slot in slots),
    }
    trained = Port("trained", end.kept.regions["trained"], writes=True)
    ports = [trained, Port("gradient", end.gradient), end.host.settings, end.host.flag, *slots]
    if end.norm_limit:
        ports.append(Port("scale", end.scale))
    includes, count = ("learning/rules.cl",), -(-vectors // GRAIN)
    return Job("learning/update", tuple(ports), constants, count, whole=True, includes=includes, also_reads=end.waits)


def _floats(*numbers: float) -> str:
    return ", ".join(f"{float(number)!r}f" for number in numbers)
