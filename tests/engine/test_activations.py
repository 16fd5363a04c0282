"""The outputs of every layer: later calls do not change earlier results."""

from __future__ import annotations

import numpy as np

from cnnstudio.engine.network import Network
from cnnstudio.project import new_project


def test_a_later_call_does_not_change_earlier_results() -> None:
    network = Network.create(new_project("lenet5").graph)
    shape = (1, *network.program.shapes[network.program.input])
    first = network.activations(np.ones(shape, np.float32))
    kept = {node: array.copy() for node, array in first.items()}
    network.activations(np.zeros(shape, np.float32))
    assert all(np.array_equal(first[node], kept[node]) for node in kept)
