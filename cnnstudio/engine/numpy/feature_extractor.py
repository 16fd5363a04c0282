"""Every layer's output, computed with NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

from cnnstudio.array import Array
from cnnstudio.engine.engine import FeatureExtractor
from cnnstudio.engine.fusion import fuse
from cnnstudio.engine.memory import check_memory
from cnnstudio.engine.numpy.plan import Plan, PlanOptions, samples_first
from cnnstudio.engine.program import Program
from cnnstudio.engine.weights import Weights
from cnnstudio.graph import NodeId


class NumpyFeatureExtractor(FeatureExtractor):
    """See FeatureExtractor. The buffers of the last batch size are kept for the next call."""

    def __init__(self, program: Program, weights: Weights) -> None:
        self._program, self._weights = program.for_inference(), weights
        self._nodes: dict[int, list[NodeId]] = {}
        for node, number in self._program.nodes.items():
            self._nodes.setdefault(number, []).append(node)
        self._plan: Plan | None = None
        self._lock = Lock()

    def by_layer(self, x: Array) -> Iterator[dict[NodeId, Array]]:
        with self._lock:
            plan = self._plan
            if plan is None or plan.options.batch != len(x):
                self._plan = None  # frees its memory
                plan = self._plan = self._make_plan(len(x))
            plan.load(x)
            yield self._copies(plan, self._program.input)
            for number in plan.forward_by_stage():
                yield self._copies(plan, number)

    def _copies(self, plan: Plan, number: int) -> dict[NodeId, Array]:
        """The output of the layers that a value belongs to, copied because the plan uses its memory again."""
        nodes = self._nodes.get(number, ())
        return {node: samples_first(plan.value(number)).copy() for node in nodes}

    def _make_plan(self, batch: int) -> Plan:
        program = fuse(self._program, keep=frozenset(self._program.nodes.values()))
        plan = Plan(program, self._weights, PlanOptions(batch))
        check_memory(plan.bytes, "Computing the feature maps")
        plan.allocate()
        return plan
