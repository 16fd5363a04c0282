"""A program lowered to jobs for a device, with all memory that they need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import DTypeLike

from cnnstudio.array import Array
from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.fusion import Fused
from cnnstudio.engine.memory import ALIGNMENT, Arena
from cnnstudio.engine.opencl.consumers import Uses
from cnnstudio.engine.opencl.convolution_jobs import room
from cnnstudio.engine.opencl.device_traits import Traits
from cnnstudio.engine.opencl.elementwise import clear_jobs
from cnnstudio.engine.opencl.gradient import Gradient
from cnnstudio.engine.opencl.host_buffers import HostMemory
from cnnstudio.engine.opencl.job import Job, Port, Region, Sink, Value
from cnnstudio.engine.opencl.kernel_outputs import into
from cnnstudio.engine.opencl.layout import Layout
from cnnstudio.engine.opencl.loss import loss_jobs
from cnnstudio.engine.opencl.optimizers import Ending, Part, commit_job, ending_jobs, pieces_of, tables_of
from cnnstudio.engine.opencl.persistent_memory import Kept
from cnnstudio.engine.opencl.stage import Bench, Stage
from cnnstudio.engine.opencl.stages import STAGES
from cnnstudio.engine.opencl.transfer import load_job, unload_job
from cnnstudio.engine.program import Program
from cnnstudio.operations import Instruction, Operation, Shape, SoftmaxCrossEntropy, elements


@dataclass(frozen=True)
class Draw:
    """Random numbers that the host draws before a step: for which stage, and where they go."""

    index: int
    operation: Operation
    value: Value


class Lowering:
    """Jobs in the order of the program. `phases` holds those up to a moment at which the host must do something.

    Moments are numbered: instruction i runs forward at i and backward at 2 n - i, the loss at n. With `roomy`, values
    with a border keep their memory to themselves, so that the border stays zero.
    """

    def __init__(
        self,
        program: Program,
        kept: Kept,
        traits: Traits,
        blocks: int,
        learning: TrainingOptions | None,
        *,
        roomy: bool,
    ) -> None:
        self.program, self.kept, self.traits, self.blocks, self.learning = program, kept, traits, blocks, learning
        self.roomy = roomy
        self.uses = Uses(program, kept.weights, traits, learning=learning is not None)
        self.arena, self.common, self.host = Arena(), Arena(), HostMemory()
        self.draws: list[Draw] = []
        self.tables: list[tuple[Region, Array]] = []
        self.phases: list[list[Job]] = [[]]
        self._values: dict[int, Value] = {}
        self._gradients: dict[int, Gradient] = {}
        self._begun: set[int] = set()
        self._parts: list[Part] = []
        self._next_state: dict[str, Region] = {}
        self._moment = len(program.instructions)
        self.end = 2 * self._moment + 1
        lanes = blocks * traits.lanes
        self.labels = self.host.room(lanes)
        self.images = self.host.room(lanes * elements(program.shapes[program.input]))
        self.scores = self.answers = self.images
        stages = self._forward()
        self.sent = [(0, self.host.bytes)]  # for each phase, the bytes that the host writes before it
        if learning:
            self._learn(stages, learning)
        else:
            self.answers = self._unload(program.output)
            same = program.scores == program.output
            self.scores = self.answers if same else self._unload(program.scores)
        self.stride = apart(self.arena.pack())
        self.common_bytes = self.common.pack()

    @property
    def pieces(self) -> list[int]:
        """The bytes of each piece of memory that the plan takes, what the host reaches included."""
        return [self.blocks * self.stride * 4, self.common_bytes, self.host.bytes]

    @property
    def judges_on_device(self) -> bool:
        """Whether the loss is one that the device computes."""
        return isinstance(self.program.loss, SoftmaxCrossEntropy)

    def all_tables(self) -> list[tuple[Region, Array]]:
        """What is to be copied to the device once, now that every place is known."""
        if not self.learning:
            return self.tables
        segments, decays = tables_of(self._pieces, self.kept.weights)
        return [*self.tables, (self._segments, segments), (self._decays, decays)]

    def _add(self, jobs: list[Job]) -> None:
        self.phases[-1] += jobs

    def _forward(self) -> list[Stage]:
        program = self.program
        self._open(program.input, -1)
        source = self._values[program.input]
        self._add(clear_jobs(source))
        self._add([load_job(source.layout.shape, self.images, self._header, into(source))])
        stages: list[Stage] = []
        for index, step in enumerate(program.instructions):
            if self.uses.is_alias(step):
                source = self._values[step.inputs[0]]
                layout = source.layout.under(program.shapes[step.output])
                self._values[step.output] = Value(layout, source.region, source.shared)
                continue
            self._open(step.output, index)
            stage = self._make_stage(index, step)
            if stage.bench.learning:
                self._gradients[step.output] = stage.gradient
            self._add(clear_jobs(self._values[step.output]))
            self._add(stage.forward())
            stages.append(stage)
        return stages

    def _learn(self, stages: list[Stage], learning: TrainingOptions) -> None:
        scores = self.program.scores
        self._gradient = self._array(self.kept.weights.trained.size)
        sink = self._sink(scores) if scores in self.uses.wanted else Sink((), {"EMIT(c_, h_, w_, v_)": "(void)0"})
        knows_loss = self.judges_on_device
        if knows_loss:
            self._add(self._loss_jobs(sink))
        else:
            self.scores = self._unload(scores)
            self.dscores = self.host.room(self.blocks * self.traits.lanes * elements(self.program.shapes[scores]))
            self.sent.append((self.dscores.start, self.host.bytes))
            self.phases.append([])
            self._add([load_job(self.program.shapes[scores], self.dscores, self._header, sink, gradient=True)])
        for stage in reversed(stages):
            if stage.bench.learning:
                step = self.program.instructions[stage.bench.forward_time]
                sinks = tuple(
                    self._sink(number) if wanted else None
                    for number, wanted in zip(step.inputs, stage.bench.wanted, strict=True)
                )
                self._add(stage.backward(sinks))
        self._add(self._ending_jobs(learning, knows_loss=knows_loss))

    def _open(self, number: int, first: int) -> None:
        """Give a value its memory."""
        layout = Layout(self.program.shapes[number], self.traits.lanes, self.uses.borders[number])
        last = self.uses.last_reader(number)
        if self.learning:
            last = self.end if self.uses.read_by_all(number) or first < 0 else self._backward_time(first)
        if self.uses.is_end(number):
            last = self.end
        self._values[number] = self._ask(layout, first, max(last, first), "float32")

    def _ask(self, layout: Layout, first: int, last: int, dtype: DTypeLike) -> Value:
        alone = self.roomy and not layout.plain
        moments = (-1, self.end) if alone else (first, last)
        buffer = self.arena.buffer((layout.block,), dtype, *moments)
        return Value(layout, Region.of(buffer), shared=not alone)

    def _array(self, numbers: int) -> Region:
        """Memory of its own for numbers of all blocks together."""
        return Region.of(self.common.buffer((numbers,), np.float32, -1, self.end), "common")

    def _backward_time(self, index: int) -> int:
        return 2 * self._moment - index

    def _make_stage(self, index: int, step: Instruction) -> Stage:
        operation = step.operation
        kind = type(operation.head) if isinstance(operation, Fused) else type(operation)
        return STAGES[kind](self._bench(index, step))

    def _bench(self, index: int, step: Instruction) -> Bench:
        uses, learning = self.uses, step.output in self.uses.wanted
        contributions = uses.contributions(step.output) if learning else []
        last = max((contribution.index for contribution in contributions), default=index)
        judged = self.program.scores in uses.names(step.output)
        return Bench(
            operation=step.operation,
            traits=self.traits,
            arena=self.arena,
            common=self.common,
            inputs=tuple(self._values[number] for number in step.inputs),
            output=self._values[step.output],
            learning=learning,
            contributors=len(contributions) + judged,
            wanted=tuple(learning and number in uses.wanted for number in step.inputs),
            weights={role: self.kept.weight(key) for role, key in step.weights.items()},
            next_state=partial(self._state_port, step),
            header=self._header,
            flag=self.host.flag,
            forward_time=index,
            gradient_time=self._moment if judged else self._backward_time(last),
            backward_time=self._backward_time(index),
            end=self.end,
            training=self.learning is not None,
            ask=self._ask,
            partial=partial(self._partial, index, step),
            draws=partial(self._draw, index, step.operation),
        )

    @property
    def _header(self) -> Port:
        return self.host.header

    def _sink(self, number: int) -> Sink:
        """Where the next one who reads a value puts its gradient."""
        root = self.uses.root(number)
        if root not in self._begun:
            self._begun.add(root)
            self._add(self._gradients[root].begin())
        return self._gradients[root].sink(self.program.shapes[number])

    def _partial(
        self, index: int, step: Instruction, role: str, chunks: int = 1, *, whole: bool = False, name: str = "partial"
    ) -> Port | None:
        key = step.weights.get(role)
        if key is None or not self.kept.weights.is_trained(key):
            return None
        region = self._gradient_of(key)
        if not whole:
            shape = (chunks, room(self.kept.weights.specs[key].size))
            region = Region.of(self.arena.buffer(shape, np.float32, self._backward_time(index), self.end))
        self._parts.append(Part(key, region, chunks, 0 if whole else self.blocks))
        return Port(name, region, writes=True, reads=False)

    def _gradient_of(self, key: str) -> Region:
        """The place of a weight within the gradient of them all."""
        _, place = self.kept.weights.places[key]
        return Region("common", 4 * (place.stop - place.start), 4 * place.start, self._gradient.buffer)

    def _state_port(self, step: Instruction, role: str) -> Port:
        key = step.weights[role]
        self._next_state[key] = self._array(self.kept.weights.specs[key].size)
        return Port(role, self._next_state[key], writes=True, reads=False)

    def _draw(self, index: int, operation: Operation, shape: Shape) -> Value:
        layout = Layout(shape, self.traits.lanes)
        value = Value(layout, self.host.room(self.blocks * layout.block))
        self.draws.append(Draw(index, operation, value))
        return value

    def _unload(self, number: int) -> Region:
        value = self._values[number]
        region = self.host.room(self.blocks * self.traits.lanes * elements(value.layout.shape))
        self._add([unload_job(value, region, self._header)])
        return region

    def _loss_jobs(self, sink: Sink) -> list[Job]:
        loss = self.program.loss
        assert isinstance(loss, SoftmaxCrossEntropy)
        class_weights = None
        if loss.class_weights:
            class_weights = Port("class_weights", self._array(len(loss.class_weights)))
            self.tables.append((class_weights.region, np.array(loss.class_weights, np.float32)))
        lanes = self.traits.lanes
        by_sample = [Region.of(self.arena.buffer((lanes,), np.float32, -1, self.end)) for _ in range(2)]
        labels = Port("labels", self.labels, kind="int", block=lanes, by_sample=True)
        return loss_jobs(loss, self._values[self.program.scores], sink, self.host, labels, by_sample, class_weights)

    def _ending_jobs(self, learning: TrainingOptions, *, knows_loss: bool) -> list[Job]:
        self._pieces = pieces_of(self._parts, self.kept.weights, learning)
        count = max(len(self._pieces), 1)
        self._segments, self._decays = self._array(7 * count), self._array(2 * count)
        ending = Ending(
            kept=self.kept,
            host=self.host,
            traits=self.traits,
            learning=learning,
            segments=Port("segments", self._segments, kind="int"),
            decays=Port("decays", self._decays),
            gradient=self._gradient,
            norms=self._array(count),
            scale=self._array(1),
            pieces=self._pieces,
            waits=(self.host.results.region,) if knows_loss else (),
        )
        jobs = ending_jobs(ending)
        return jobs + [commit_job(ending, key, region) for key, region in self._next_state.items()]


def apart(size: int) -> int:
    """How far apart in numbers blocks of so many bytes lie: not so that all begin in the same set of a cache."""
    lines = -(-size // ALIGNMENT)
    return (lines + 1 - lines % 2) * ALIGNMENT // 4
