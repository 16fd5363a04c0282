"""Load a network on an engine, to be trained further from a checkpoint."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cnnstudio.engine.engine import DeviceLostError, Engine, Execution, TrainingOptions
from cnnstudio.engine.memory import touch
from cnnstudio.engine.network import Network
from cnnstudio.interruption import Interrupted
from cnnstudio.training.checkpoint import Checkpoint


def load(engine: Engine, network: Network, options: TrainingOptions, checkpoint: Checkpoint) -> Execution:
    """Load the network with the optimizer's state; another kind of optimizer than the checkpoint's starts over."""
    optimizer, shape = options.optimizer, network.weights.trained.shape
    remembers = checkpoint.optimizer in ("", optimizer.kind) and all(
        name in checkpoint.slots and checkpoint.slots[name].shape == shape for name in optimizer.slots
    )
    start = checkpoint.optimizer_start if remembers else checkpoint.step
    execution = engine.load(network.program, network.weights, replace(options, optimizer_start=start))
    try:
        if remembers:
            for name, slot in execution.slots.items():
                touch(slot)
                np.copyto(slot, checkpoint.slots[name])
        execution.push()
        checkpoint.optimizer, checkpoint.optimizer_start = optimizer.kind, start
    except (DeviceLostError, Interrupted):
        execution.close()
        raise
    return execution
