"""What the thread behind the Train button does: build the network if need be, choose the device, train."""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import dataclass

from cnnstudio.data import Dataset
from cnnstudio.engine.device_selection import choose_engine
from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.network import Network
from cnnstudio.engine.program import compile_graph
from cnnstudio.graph import Graph
from cnnstudio.gui.state.data_source import Probe
from cnnstudio.gui.state.learned import Learned
from cnnstudio.gui.state.worker import Work
from cnnstudio.project import Project
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.events import Command, SnapshotTaken, Stop, TakeSnapshot
from cnnstudio.training.loop import Training
from cnnstudio.training.trainer import train


@dataclass(frozen=True, eq=False)
class NetworkReady:
    """The thread has built the network that it is going to train."""

    network: Network
    graph: Graph


def work_of(
    project: Project,
    dataset: Dataset,
    network: Network | None,
    learned: Learned,
    checkpoint: Checkpoint,
    device: str,
    probe: Probe | None,
) -> Work:
    """Build the network if need be, choose the device, and train; all of it on the worker's thread."""
    settings = project.training.settings
    if network is None:
        program = compile_graph(project.graph)
        network = Network.build(program, learned.fitting(program.weights), settings.seed)
    command = yield NetworkReady(network, project.graph)
    while isinstance(command, TakeSnapshot):
        command = yield SnapshotTaken(network.weights.copy(), copy.deepcopy(checkpoint))
    if isinstance(command, Stop):
        return
    learning = TrainingOptions(project.training.optimizer)
    engine, reason = choose_engine(device, network.program, network.weights, settings.batch_size, learning)
    training = train(
        network,
        dataset,
        project.training,
        engine=engine,
        reason=reason,
        checkpoint=checkpoint,
        steps=settings.more_steps(dataset.size("train"), checkpoint.step),
        probe=probe.scaled if probe else None,
    )
    yield from _told(training, command)


def _told(training: Training, command: Command | None) -> Work:
    """The training, with a command that came before it began."""
    waiting = deque([command] if command else [])
    try:
        event = next(training)
        while True:
            told = yield event
            if told is not None:
                waiting.append(told)
            event = training.send(waiting.popleft() if waiting else None)
    except StopIteration:
        return
    finally:
        training.close()
