"""What a run's thread does: build the network if need be, choose the device, train."""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import dataclass

from cnnstudio.array import Array
from cnnstudio.data import Dataset
from cnnstudio.engine.device_selection import choose_engine
from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.network import Network
from cnnstudio.engine.program import compile_graph
from cnnstudio.graph import Graph
from cnnstudio.runs.weight_store import WeightStore
from cnnstudio.runs.worker import Work
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.events import Command, SnapshotTaken, Stop, TakeSnapshot
from cnnstudio.training.loop import Training
from cnnstudio.training.settings import TrainingChoice
from cnnstudio.training.trainer import train


@dataclass(frozen=True, eq=False)
class RunRequest:
    """What to train, on what, and how.

    `network` is the graph's, if it is built already. The run makes `steps` more steps, or `more_epochs` whole epochs
    after the one that is begun; where both are None, it goes on to the end of the chosen epochs, or takes as many again
    where that was reached. `probe` is a scaled image (1, C, H, W)
    whose feature maps are reported several times a second. `keep_rate`: a learning rate that was set by hand in the
    run before stays. `data_version` tells the dataset and its splits from others that the owner has used.
    """

    graph: Graph
    training: TrainingChoice
    dataset: Dataset
    device: str = "numpy"
    network: Network | None = None
    steps: int | None = None
    more_epochs: int | None = None
    probe: Array | None = None
    keep_rate: bool = False
    data_version: object = None


@dataclass(frozen=True, eq=False)
class NetworkReady:
    """The network that the run is going to train is there."""

    network: Network


def training_work(request: RunRequest, weights: WeightStore, checkpoint: Checkpoint) -> Work:
    """All events of the run. Raises what building, choosing a device or training raise."""
    training, dataset, network = request.training, request.dataset, request.network
    settings = training.settings
    if network is None:
        program = compile_graph(request.graph)
        network = Network.build(program, weights.matching(program.weights), settings.seed)
    command = yield NetworkReady(network)
    while isinstance(command, TakeSnapshot):
        command = yield SnapshotTaken(network.weights.copy(), copy.deepcopy(checkpoint), command.request)
    if isinstance(command, Stop):
        return
    options = TrainingOptions(training.optimizer)
    engine, reason = choose_engine(request.device, network.program, network.weights, settings.batch_size, options)
    images = dataset.size("train")
    goal = checkpoint.next_goal(images, settings.epochs)
    if request.more_epochs is not None:
        goal = checkpoint.position(images).begun + request.more_epochs
    events = train(
        network,
        dataset,
        training,
        engine=engine,
        reason=reason,
        checkpoint=checkpoint,
        goal=goal,
        steps=request.steps,
        probe=request.probe,
    )
    yield from _with_command(events, command)


def _with_command(events: Training, command: Command | None) -> Work:
    """The events of training, which gets a command that came before it began as its first."""
    waiting = deque([command] if command else [])
    try:
        event = next(events)
        while True:
            received = yield event
            if received is not None:
                waiting.append(received)
            event = events.send(waiting.popleft() if waiting else None)
    except StopIteration:
        return
    finally:
        events.close()
