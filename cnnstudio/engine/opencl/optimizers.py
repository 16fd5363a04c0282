"""Jobs that end a step: the gradient put together, and the optimizer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnstudio.array import Array
from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.opencl.convolution_jobs import room
from cnnstudio.engine.opencl.device_traits import Traits
from cnnstudio.engine.opencl.host_buffers import HostMemory
from cnnstudio.engine.opencl.job import Constant, Job, Port, Region
from cnnstudio.engine.opencl.persistent_memory import Kept
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


@dataclass(frozen=True)
class Piece:
    """Some neighbouring numbers of one weight's gradient, which one work item collects."""

    key: str
    first: int
    length: int
    part: Part | None


def pieces_of(parts: list[Part], weights: Weights, learning: TrainingOptions) -> list[Piece]:
    """What must be collected: all but the gradients that are already complete and are not to be changed."""
    by_key = {part.key: part for part in parts}
    found = []
    for key, spec in weights.specs.items():
        part = by_key.get(key)
        complete = part is None or part.copies == 0
        if weights.is_trained(key) and not (complete and not learning.clip and not spec.l1 and not spec.l2):
            found += [Piece(key, first, min(PIECE, spec.size - first), part) for first in range(0, spec.size, PIECE)]
    return found


def tables_of(pieces: list[Piece], weights: Weights) -> tuple[Array, Array]:
    """The tables of the job that collects the gradient: its pieces (n, 7), and the decays (rows, 2)."""
    keys = list(dict.fromkeys(piece.key for piece in pieces))
    segments = []
    for piece in pieces:
        part, size = piece.part, weights.specs[piece.key].size
        source, chunks, copies = (part.region.offset + piece.first, part.chunks, part.copies) if part else (0, 0, 0)
        start = weights.places[piece.key][1].start + piece.first
        segments.append((source, chunks, room(size), copies, start, piece.length, keys.index(piece.key)))
    decays = [(weights.specs[key].l1, weights.specs[key].l2) for key in keys]
    return np.array(segments, np.int32).reshape(-1, 7), np.array(decays, np.float32).reshape(-1, 2)


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
    """What Adam's means are divided by at the optimizer's step `number` (from 0); ones for others."""
    if isinstance(optimizer, Adam):
        return 1.0 - optimizer.beta1 ** (number + 1), 1.0 - optimizer.beta2 ** (number + 1)
    return 1.0, 1.0


@dataclass(frozen=True)
class Ending:
    """What a step ends with: memory, and how the network learns."""

    kept: Kept
    host: HostMemory
    traits: Traits
    learning: TrainingOptions
    segments: Port
    decays: Port
    gradient: Region
    norms: Region
    scale: Region
    pieces: list[Piece]
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
    jobs = [_collect_job(end)] if end.pieces else []
    if end.norm_limit:
        ports = (Port("norms", end.norms), Port("scale", end.scale, writes=True))
        constants: dict[str, Constant] = {"PIECES": len(end.pieces), "CLIP_NORM": float(end.norm_limit)}
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
    specs = end.kept.weights.specs
    constants: dict[str, Constant] = {
        "DECAYED": int(any(specs[piece.key].l1 or specs[piece.key].l2 for piece in end.pieces)),
        "MEASURED": int(end.norm_limit > 0.0),
    }
    if end.value_limit:
        constants["MOST"] = float(end.value_limit)
    regions = tuple(dict.fromkeys(piece.part.region for piece in end.pieces if piece.part))
    return Job("learning/collect", ports, constants, len(end.pieces), whole=True, also_reads=regions)


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
