"""Training as a generator of events: no threads, no callbacks; each `yield` is a safe place to look, pause or stop."""

from __future__ import annotations

from cnnstudio.array import Array
from cnnstudio.data import DataError, Dataset
from cnnstudio.engine.device_selection import reference_engine
from cnnstudio.engine.engine import Engine
from cnnstudio.engine.network import Network
from cnnstudio.layers import format_shape
from cnnstudio.operations import ElementLoss, elements
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.loop import Run, Training
from cnnstudio.training.settings import TrainingChoice


def train(
    network: Network,
    dataset: Dataset,
    choice: TrainingChoice,
    *,
    engine: Engine | None = None,
    reason: str = "",
    checkpoint: Checkpoint | None = None,
    steps: int | None = None,
    probe: Array | None = None,
) -> Training:
    """Teach the network; its weights and the checkpoint are up to date whenever the generator ends, however it ends.

    `steps` limits the run instead of the chosen epochs; `probe` is a scaled image (1, C, H, W) to look at several
    times a second. Send a Command in return for any event. Raises DataError where data and network do not fit,
    NotEnoughMemoryError where the machine cannot hold the run.
    """
    check_dataset(network, dataset)
    run = Run(network, dataset, choice, engine or reference_engine(), checkpoint or Checkpoint(), steps, probe)
    try:
        yield from run.events(reason)
    finally:
        run.close()


def check_dataset(network: Network, dataset: Dataset) -> None:
    """Raise DataError unless the images and classes are those that the network is built for."""
    program = network.program
    wanted = program.shapes[program.input]
    if dataset.shape != wanted:
        raise DataError(
            f"The images are {format_shape(dataset.shape)}, but the network's Input is {format_shape(wanted)}; "
            "change Input to fit."
        )
    classes = len(dataset.class_names)
    if program.classes is not None and program.classes != classes:
        raise DataError(
            f"The data has {classes} classes, but the network votes on {program.classes}; "
            "change the units of its last fully connected layer."
        )
    weights = program.require_loss().class_weights
    if weights and len(weights) != classes:
        raise DataError(
            f"The data has {classes} classes, but Output has {len(weights)} class weights; give one a class, or none."
        )
    result = program.shapes[program.scores]
    if isinstance(program.loss, ElementLoss) and not program.is_classification and elements(result) != elements(wanted):
        raise DataError(
            f"What reaches Output is compared with the image, but it is {format_shape(result)} and the image "
            f"{format_shape(wanted)}; let the layers before it end in the image's size."
        )
    if not dataset.size("train"):
        raise DataError("The data has no training images.")
