"""Looking into a network: what one look found is not changed by the next."""

from __future__ import annotations

import numpy as np

from cnnstudio.engine.network import Network
from cnnstudio.project import new_project


def test_a_look_does_not_change_what_an_earlier_one_found() -> None:
    network = Network.create(new_project("lenet5").graph)
    shape = (1, *network.program.shapes[network.program.input])
    first = network.activations(np.ones(shape, np.float32))
    kept = {node: array.copy() for node, array in first.items()}
    network.activations(np.zeros(shape, np.float32))
    assert all(np.array_equal(first[node], kept[node]) for node in kept)
