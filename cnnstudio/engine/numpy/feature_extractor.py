"""Every layer's output, computed with NumPy."""

from __future__ import annotations

from threading import Lock

import numpy as np

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
        self._plan: Plan | None = None
        self._lock = Lock()

    def __call__(self, x: Array) -> dict[NodeId, Array]:
        with self._lock, np.errstate(all="ignore"):
            plan = self._plan
            if plan is None or plan.options.batch != len(x):
                plan = self._plan = self._make_plan(len(x))
            plan.load(x)
            plan.forward()
            return {node: samples_first(plan.value(number)).copy() for node, number in self._program.nodes.items()}

    def _make_plan(self, batch: int) -> Plan:
        values = frozenset(self._program.nodes.values())
        plan = Plan(fuse(self._program, keep=values), self._weights, PlanOptions(batch, keep=values))
        check_memory(plan.bytes, "Computing the feature maps")
        plan.allocate()
        return plan
