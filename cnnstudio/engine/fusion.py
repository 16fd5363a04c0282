"""Fuse instructions that an engine computes faster together, and lower programs for training and inference."""

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

    Max pooling commutes with adding a bias and with an activation that never decreases, so both are computed on the
    smaller maps.
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
    """The same program with every convolution and dense operation replaced by a Fused one.

    The values in `keep`, the output and the scores are still computed.
    """
    consumers = program.consumers()
    needed = {program.output, program.scores} | keep
    steps: list[Instruction] = []
    open_at: dict[int, tuple[int, Fused[Any]]] = {}  # by value: the Fused that computes it, and its index in steps
    for step in program.instructions:
        source = step.inputs[0]
        if len(step.inputs) == 1 and source in open_at and source not in needed and len(consumers[source]) == 1:
            index, fused = open_at[source]
            extended = _extend(fused, step.operation)
            if extended is not None:
                steps[index] = replace(steps[index], operation=extended, output=step.output)
                open_at[step.output] = index, extended
                continue
        if isinstance(step.operation, Convolution | Dense):
            fused = Fused(step.operation)
            open_at[step.output] = len(steps), fused
            step = replace(step, operation=fused)
        steps.append(step)
    return replace(program, instructions=tuple(steps))


def _extend(fused: Fused[Any], follower: Operation) -> Fused[Any] | None:
    """The fused operation with its follower included; None where that would change the result."""
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
