"""Training as a generator of events, without threads or callbacks; it takes commands at each `yield`."""

from __future__ import annotations

from cnnstudio.array import Array
from cnnstudio.data import DataError, Dataset
from cnnstudio.engine.device_selection import reference_engine
from cnnstudio.engine.engine import Engine
from cnnstudio.engine.network import Network
from cnnstudio.graph.mismatch import find_mismatches
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.loop import Training, TrainingLoop
from cnnstudio.training.settings import TrainingChoice


def train(
    network: Network,
    dataset: Dataset,
    choice: TrainingChoice,
    *,
    engine: Engine | None = None,
    reason: str = "",
    checkpoint: Checkpoint | None = None,
    goal: int | None = None,
    steps: int | None = None,
    probe: Array | None = None,
) -> Training:
    """Train the network. When the generator ends, however it ends, its weights and the checkpoint are up to date.

    The run ends at `goal` epochs, by default the chosen ones, or after `steps` more steps; `probe` is a scaled image
    (1, C, H, W) whose feature maps are emitted several times a second. Send a Command in return for any event. Raises
    DataError where the network does not fit the dataset, NotEnoughMemoryError where the machine cannot hold the run.
    """
    check_dataset(network, dataset)
    loop = TrainingLoop(
        network,
        dataset,
        choice,
        engine or reference_engine(),
        checkpoint or Checkpoint(),
        goal if goal is not None else choice.settings.epochs,
        steps,
        probe,
    )
    try:
        yield from loop.events(reason)
    finally:
        loop.close()


def check_dataset(network: Network, dataset: Dataset) -> None:
    """Raise DataError unless the network fits the dataset, and there are training images."""
    program = network.program
    shapes = program.shapes[program.input], program.shapes[program.scores]
    for mismatch in find_mismatches(dataset.spec, *shapes, program.require_loss()):
        raise DataError(mismatch.message)
    if not dataset.size("train"):
        raise DataError("The dataset has no training images.")
