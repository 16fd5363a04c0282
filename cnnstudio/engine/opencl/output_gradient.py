"""The gradient of a stage's output: accumulated from all readers, and taken backward through what is fused."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.engine.opencl.elementwise_jobs import clear_border_jobs, elementwise_job
from cnnstudio.engine.opencl.epilogues import (
    WriteMode,
    derivative_text,
    gradient_epilogue,
    reshaped_epilogue,
    store_epilogue,
)
from cnnstudio.engine.opencl.job import Epilogue, Job, Value
from cnnstudio.operations import Activation, MaxPooling, Shape


@dataclass(frozen=True)
class FusedTail:
    """What is fused after an operation, with the values that its backward pass needs."""

    activation: Activation | None = None
    activated: Value | None = None
    pooling: MaxPooling | None = None
    argmax: Value | None = None


class OutputGradient:
    """Collects the gradient of a value in `target`, in the form in which the stage's own backward pass needs it.

    The epilogue of a sole contributor also goes backward through the fused tail. Several contributors add up first, in
    `accumulator` where pooling changes the shape, and the jobs of `finish` do the rest.
    """

    def __init__(
        self, target: Value, contributors: int, tail: FusedTail | None = None, accumulator: Value | None = None
    ) -> None:
        self.target, self.contributors = target, contributors
        self._tail, self._accumulator = tail or FusedTail(), accumulator
        self._epilogues = 0  # given out so far

    def next_epilogue(self, shape: Shape) -> Epilogue:
        """The epilogue of the next contributor, in backward order, which sees the value under this shape."""
        self._epilogues += 1
        if self.contributors == 1:
            return self._final_epilogue(shape)
        mode: WriteMode = "store" if self._epilogues == 1 else "add"
        return _plain_epilogue(self._accumulator or self.target, shape, mode)

    def prepare(self) -> list[Job]:
        """The jobs to run before the first contributor."""
        return [job for value in (self.target, self._accumulator) if value for job in clear_border_jobs(value)]

    def finish(self) -> list[Job]:
        """The jobs to run after the last contributor; `target` is complete then."""
        activation, activated = self._tail.activation, self._tail.activated
        if self.contributors == 1:
            return []
        if self._accumulator is not None:
            shape = self._accumulator.layout.shape
            return [elementwise_job(shape, {"v": self._accumulator}, "v", self._final_epilogue(shape))]
        if activation is None or activated is None:
            return []
        multiply = store_epilogue(self.target, mode="multiply")
        return [
            elementwise_job(activated.layout.shape, {"y": activated}, derivative_text(activation, "y", "y"), multiply)
        ]

    def _final_epilogue(self, shape: Shape) -> Epilogue:
        tail = self._tail
        if tail.activation is None and tail.pooling is None:
            return _plain_epilogue(self.target, shape, "store")
        epilogue = gradient_epilogue(self.target, tail.activation, tail.activated, tail.pooling, tail.argmax)
        own = tail.activated.layout.shape if tail.activated else self.target.layout.shape
        return epilogue if shape == own else reshaped_epilogue(epilogue, shape, own)


def _plain_epilogue(target: Value, shape: Shape, mode: WriteMode) -> Epilogue:
    """Writes into a value that the contributor sees under this shape."""
    if shape == target.layout.shape:
        return store_epilogue(target, mode=mode)
    if target.layout.contiguous:
        return store_epilogue(Value(target.layout.under(shape), target.region), mode=mode)
    return reshaped_epilogue(gradient_epilogue(target, mode=mode), shape, target.layout.shape)
