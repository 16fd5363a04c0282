"""Lowers a program to the jobs of a forward pass or a training step, with all memory that they need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from cnnstudio.array import Array
from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.fusion import Fused
from cnnstudio.engine.memory import Arena
from cnnstudio.engine.opencl.dataflow import DataFlow
from cnnstudio.engine.opencl.device_traits import DeviceTraits
from cnnstudio.engine.opencl.elementwise_jobs import clear_border_jobs
from cnnstudio.engine.opencl.epilogues import store_epilogue
from cnnstudio.engine.opencl.host_buffers import HostBuffers
from cnnstudio.engine.opencl.job import Epilogue, Job, KernelArg, Region, Value
from cnnstudio.engine.opencl.layout import Layout, aligned, staggered
from cnnstudio.engine.opencl.loss_jobs import softmax_loss_jobs
from cnnstudio.engine.opencl.output_gradient import OutputGradient
from cnnstudio.engine.opencl.persistent_memory import PersistentMemory
from cnnstudio.engine.opencl.sample_packing import pack_job, unpack_job
from cnnstudio.engine.opencl.stage import Stage, StageContext, StageGradients, StageMemory, StageTimes, StageWeights
from cnnstudio.engine.opencl.stages import STAGES
from cnnstudio.engine.opencl.weight_update import (
    PartialSums,
    UpdateContext,
    commit_state_job,
    segment_tables,
    segments_of,
    update_jobs,
)
from cnnstudio.engine.program import Program
from cnnstudio.operations import Instruction, Operation, Shape, SoftmaxCrossEntropy, elements


@dataclass(frozen=True)
class RandomInput:
    """Random numbers that the host draws before every step: for which instruction, and where they go."""

    instruction: int
    operation: Operation
    value: Value


class Lowering:
    """The jobs of a program in order, in `phases`: between two of them, the host computes something.

    Time, for the lifetimes of buffers, counts like this: instruction i runs forward at i and backward at 2 n - i, the
    loss at n. With `dedicated_borders`, values with a border share their memory with nothing, so that it stays zero.
    """

    def __init__(
        self,
        program: Program,
        persistent: PersistentMemory,
        traits: DeviceTraits,
        blocks: int,
        options: TrainingOptions | None,
        *,
        dedicated_borders: bool,
    ) -> None:
        self.program, self.traits, self.blocks, self.options = program, traits, blocks, options
        self._persistent, self._dedicated_borders = persistent, dedicated_borders
        self._dataflow = DataFlow(program, persistent.weights, traits, training=options is not None)
        self._work, self._common, self.host = Arena(), Arena(), HostBuffers()
        self.random_inputs: list[RandomInput] = []
        self.phases: list[list[Job]] = [[]]
        self._constant_arrays: list[tuple[Region, Array]] = []
        self._values: dict[int, Value] = {}
        self._gradients: dict[int, OutputGradient] = {}
        self._prepared: set[int] = set()  # the gradients that a contributor has asked for
        self._partial_sums: list[PartialSums] = []
        self._next_state: dict[str, Region] = {}
        self._loss_time = len(program.instructions)
        self._end = 2 * self._loss_time + 1
        lanes = blocks * traits.lanes
        self.labels = self.host.allocate(lanes)
        self.images = self.host.allocate(lanes * elements(program.shapes[program.input]))
        self.scores = self.output = self.images
        stages = self._forward()
        self.sent = [(0, self.host.bytes)]  # for each phase, the bytes that the host writes before it: first, last
        if options:
            self._train(stages, options)
        else:
            self.output = self._unpack(program.output)
            same = program.scores == program.output
            self.scores = self.output if same else self._unpack(program.scores)
        self.block_stride = staggered(self._work.pack())
        self.common_bytes = self._common.pack()

    @property
    def allocations(self) -> list[int]:
        """The bytes of each piece of memory that a plan allocates."""
        return [self.blocks * self.block_stride * 4, self.common_bytes, self.host.bytes]

    @property
    def loss_on_device(self) -> bool:
        """Whether the device computes the loss, rather than the host between two phases."""
        return isinstance(self.program.loss, SoftmaxCrossEntropy)

    def constant_arrays(self) -> list[tuple[Region, Array]]:
        """What must be copied to the device once, before the first step."""
        if not self.options:
            return self._constant_arrays
        segments, decays = segment_tables(self._segments, self._persistent.weights)
        return [*self._constant_arrays, (self._segment_table, segments), (self._decay_table, decays)]

    def _add(self, jobs: list[Job]) -> None:
        self.phases[-1] += jobs

    def _forward(self) -> list[Stage[Any]]:
        """Adds the jobs of the forward pass."""
        program = self.program
        self._allocate_value(program.input, -1)
        image = self._values[program.input]
        self._add(clear_border_jobs(image))
        self._add([pack_job(image.layout.shape, self.images, self.host.header, store_epilogue(image))])
        stages: list[Stage[Any]] = []
        for index, step in enumerate(program.instructions):
            if self._dataflow.is_view(step):
                base = self._values[step.inputs[0]]
                layout = base.layout.under(program.shapes[step.output])
                self._values[step.output] = Value(layout, base.region, base.shared)
                continue
            self._allocate_value(step.output, index)
            stage = self._make_stage(index, step)
            if stage.context.gradients.needed:
                self._gradients[step.output] = stage.gradient
            self._add(clear_border_jobs(self._values[step.output]))
            self._add(stage.forward())
            stages.append(stage)
        return stages

    def _train(self, stages: list[Stage[Any]], options: TrainingOptions) -> None:
        """Adds the jobs of the loss, the backward pass, and the weight update."""
        scores = self.program.scores
        self._gradient = self._common_array(self._persistent.weights.trained.size)
        discard = Epilogue((), {"EMIT(c_, h_, w_, v_)": "(void)0"})
        epilogue = self._grad_epilogue(scores) if scores in self._dataflow.needs_grad else discard
        if isinstance(self.program.loss, SoftmaxCrossEntropy):
            self._add(self._loss_jobs(self.program.loss, epilogue))
        else:
            self.scores = self._unpack(scores)
            shape = self.program.shapes[scores]
            self.grad_scores = self.host.allocate(self.blocks * self.traits.lanes * elements(shape))
            self.sent.append((self.grad_scores.start, self.host.bytes))
            self.phases.append([])
            self._add([pack_job(shape, self.grad_scores, self.host.header, epilogue, gradient=True)])
        for stage in reversed(stages):
            needs = stage.context.gradients
            if needs.needed:
                step = self.program.instructions[stage.context.times.forward]
                grad_inputs = tuple(
                    self._grad_epilogue(number) if needed else None
                    for number, needed in zip(step.inputs, needs.inputs, strict=True)
                )
                self._add(stage.backward(grad_inputs))
        self._add(self._update_jobs(options))

    def _allocate_value(self, number: int, first: int) -> None:
        layout = Layout(self.program.shapes[number], self.traits.lanes, self._dataflow.borders[number])
        last = self._dataflow.last_reader(number)
        if self.options:
            any_time = self._dataflow.read_by_dense(number) or first < 0
            last = self._end if any_time else self._backward_time(first)
        if self._dataflow.is_result(number):
            last = self._end
        self._values[number] = self._allocate(layout, first, max(last, first), "float32")

    def _allocate(self, layout: Layout, first: int, last: int, dtype: DTypeLike) -> Value:
        dedicated = self._dedicated_borders and not layout.contiguous
        lifetime = (-1, self._end) if dedicated else (first, last)
        buffer = self._work.buffer((layout.block,), dtype, *lifetime)
        return Value(layout, Region.of(buffer), shared=not dedicated)

    def _common_array(self, size: int) -> Region:
        """An array for all blocks together that shares its memory with nothing."""
        return Region.of(self._common.buffer((size,), np.float32, -1, self._end), "common")

    def _backward_time(self, index: int) -> int:
        return 2 * self._loss_time - index

    def _make_stage(self, index: int, step: Instruction) -> Stage[Any]:
        operation = step.operation
        kind = type(operation.head) if isinstance(operation, Fused) else type(operation)
        return STAGES[kind](self._context(index, step))

    def _context(self, index: int, step: Instruction) -> StageContext[Any]:
        flow, needed = self._dataflow, step.output in self._dataflow.needs_grad
        contributions = flow.contributions(step.output) if needed else []
        last = max((contribution.instruction for contribution in contributions), default=index)
        gets_loss = self.program.scores in flow.views(step.output)
        times = StageTimes(
            forward=index,
            first_gradient=self._loss_time if gets_loss else self._backward_time(last),
            backward=self._backward_time(index),
            end=self._end,
        )
        return StageContext(
            operation=step.operation,
            inputs=tuple(self._values[number] for number in step.inputs),
            output=self._values[step.output],
            weights=StageWeights(
                {role: self._persistent.weight(key) for role, key in step.weights.items()},
                partial(self._allocate_partial_sums, index, step),
                partial(self._allocate_next_state, step),
            ),
            gradients=StageGradients(
                needed, len(contributions) + gets_loss, tuple(needed and n in flow.needs_grad for n in step.inputs)
            ),
            memory=StageMemory(self.traits, times, self._work, self._common, self._allocate, needed),
            host=self.host,
            random_input=partial(self._random_input, index, step.operation),
            training=self.options is not None,
        )

    def _grad_epilogue(self, number: int) -> Epilogue:
        """How the next contributor, in backward order, writes its part of the gradient of a value."""
        base = self._dataflow.base(number)
        if base not in self._prepared:
            self._prepared.add(base)
            self._add(self._gradients[base].prepare())
        return self._gradients[base].next_epilogue(self.program.shapes[number])

    def _allocate_partial_sums(
        self, index: int, step: Instruction, role: str, chunks: int = 1, *, final: bool = False, name: str = "partial"
    ) -> KernelArg | None:
        key = step.weights.get(role)
        if key is None or not self._persistent.weights.is_trained(key):
            return None
        region = self._gradient_of(key)
        if not final:
            shape = (chunks, aligned(self._persistent.weights.specs[key].size))
            region = Region.of(self._work.buffer(shape, np.float32, self._backward_time(index), self._end))
        self._partial_sums.append(PartialSums(key, region, chunks, 0 if final else self.blocks))
        return KernelArg(name, region, writes=True, reads=False)

    def _gradient_of(self, key: str) -> Region:
        """One weight's part of the gradient of all."""
        _, place = self._persistent.weights.places[key]
        return Region("common", 4 * (place.stop - place.start), 4 * place.start, self._gradient.buffer)

    def _allocate_next_state(self, step: Instruction, role: str) -> KernelArg:
        key = step.weights[role]
        self._next_state[key] = self._common_array(self._persistent.weights.specs[key].size)
        return KernelArg(role, self._next_state[key], writes=True, reads=False)

    def _random_input(self, index: int, operation: Operation, shape: Shape) -> Value:
        layout = Layout(shape, self.traits.lanes)
        value = Value(layout, self.host.allocate(self.blocks * layout.block))
        self.random_inputs.append(RandomInput(index, operation, value))
        return value

    def _unpack(self, number: int) -> Region:
        value = self._values[number]
        region = self.host.allocate(self.blocks * self.traits.lanes * elements(value.layout.shape))
        self._add([unpack_job(value, region, self.host.header)])
        return region

    def _loss_jobs(self, loss: SoftmaxCrossEntropy, epilogue: Epilogue) -> list[Job]:
        class_weights = None
        if loss.class_weights:
            class_weights = KernelArg("class_weights", self._common_array(len(loss.class_weights)))
            self._constant_arrays.append((class_weights.region, np.array(loss.class_weights, np.float32)))
        lanes = self.traits.lanes
        by_sample = [Region.of(self._work.buffer((lanes,), np.float32, -1, self._end)) for _ in range(2)]
        labels = KernelArg("labels", self.labels, element_type="int", block_size=lanes, by_sample=True)
        scores = self._values[self.program.scores]
        return softmax_loss_jobs(loss, scores, epilogue, self.host, labels, by_sample, class_weights)

    def _update_jobs(self, options: TrainingOptions) -> list[Job]:
        self._segments = segments_of(self._partial_sums, self._persistent.weights, options)
        count = max(len(self._segments), 1)
        self._segment_table, self._decay_table = self._common_array(7 * count), self._common_array(2 * count)
        context = UpdateContext(
            persistent=self._persistent,
            host=self.host,
            traits=self.traits,
            options=options,
            segments=self._segments,
            segment_table=KernelArg("segments", self._segment_table, element_type="int"),
            decay_table=KernelArg("decays", self._decay_table),
            gradient=self._gradient,
            trained_keys=[key for key in self.program.weights if self._persistent.weights.is_trained(key)],
            norms=self._common_array(count),
            scale=self._common_array(1),
            after=(self.host.results.region,) if self.loss_on_device else (),
        )
        jobs = update_jobs(context)
        return jobs + [commit_state_job(context, key, region) for key, region in self._next_state.items()]
