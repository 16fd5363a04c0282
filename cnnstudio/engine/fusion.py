"""Join instructions that an engine computes faster together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from cnnstudio.engine.program import Program
from cnnstudio.operations import (
    MONOTONE,
    Activation,
    Convolution,
    Dense,
    Instruction,
    MaxPooling,
    Operation,
    Shape,
)

Head = TypeVar("Head", bound=Convolution | Dense)


@dataclass(frozen=True)
class Fused(Operation, Generic[Head]):
    """A convolution or dense operation with what follows it, in this order: max pooling, bias, activation.

    Max pooling changes places with a bias and with an activation that never decreases, so both act on the smaller maps.
    """

    head: Head
    pool: MaxPooling | None = None
    activation: Activation | None = None

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = self.head.output_shape(*inputs)
        return self.pool.output_shape(shape) if self.pool else shape

    def macs(self, *inputs: Shape) -> int:
        return self.head.macs(*inputs)


def fuse(program: Program, keep: frozenset[int] = frozenset()) -> Program:
    """The same program with every convolution and dense operation as a Fused one that takes in what it can.

    The values in `keep`, the output and the scores are still computed.
    """
    consumers = program.consumers()
    kept_values = {program.output, program.scores} | keep
    steps: list[Instruction] = []
    makers: dict[int, int] = {}  # value -> index in steps of the Fused that makes it
    for step in program.instructions:
        index = makers.get(step.inputs[0]) if len(step.inputs) == 1 else None
        if index is not None and step.inputs[0] not in kept_values and len(consumers[step.inputs[0]]) == 1:
            fused = steps[index].operation
            assert isinstance(fused, Fused)
            joined = _join(fused, step.operation)
            if joined is not None:
                steps[index] = replace(steps[index], operation=joined, output=step.output)
                makers[step.output] = index
                continue
        if isinstance(step.operation, Convolution | Dense):
            makers[step.output] = len(steps)
            step = replace(step, operation=Fused(step.operation))
        steps.append(step)
    return replace(program, instructions=tuple(steps))


def _join(fused: Fused[Any], follower: Operation) -> Fused[Any] | None:
    """The fused operation that takes in its follower, or None where that would change the result."""
    if isinstance(follower, Activation) and fused.activation is None and follower.function in MONOTONE:
        return replace(fused, activation=follower)
    if isinstance(follower, MaxPooling) and fused.pool is None and isinstance(fused.head, Convolution):
        return replace(fused, pool=follower)
    return None


def training_program(program: Program) -> Program:
    """What an engine runs to train: everything up to the scores, fused."""
    return fuse(program.until(program.scores))


def inference_program(program: Program) -> Program:
    """What an engine runs to predict: without dropout and noise, up to the output and the scores, fused."""
    inference = program.for_inference()
    return fuse(inference.until(inference.output, inference.scores))
