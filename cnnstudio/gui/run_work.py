"""What the thread behind the Train button does: build the network if need be, choose the device, train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from cnnstudio.data import Dataset
from cnnstudio.engine.choose import choose
from cnnstudio.engine.engine import Learning
from cnnstudio.engine.network import Network
from cnnstudio.engine.program import compile_graph
from cnnstudio.graph import Graph
from cnnstudio.gui.data_source import Probe
from cnnstudio.gui.worker import Work
from cnnstudio.project import Project
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.events import LookAt, Stop
from cnnstudio.training.trainer import train

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class NetworkReady:
    """The thread has built the network that it is going to train."""

    network: Network
    graph: Graph


def work_of(
    project: Project,
    dataset: Dataset,
    network: Network | None,
    kept: dict[str, Array],
    checkpoint: Checkpoint,
    device: str,
    probe: Probe | None,
) -> Work:
    """Build the network if need be, choose the device, and train; all of it on the worker's thread."""
    settings = project.training.settings
    if network is None:
        network = Network.build(compile_graph(project.graph), kept, settings.seed)
    command = yield NetworkReady(network, project.graph)
    picture = command.picture if isinstance(command, LookAt) else probe.scaled if probe else None
    if isinstance(command, Stop):
        return
    learning = Learning(project.training.optimizer)
    engine, reason = choose(device, network.program, network.weights, settings.batch_size, learning)
    per_epoch = -(-dataset.size("train") // settings.batch_size)
    more = settings.epochs * per_epoch if checkpoint.step >= settings.epochs * per_epoch else None
    yield from train(
        network,
        dataset,
        project.training,
        engine=engine,
        reason=reason,
        checkpoint=checkpoint,
        steps=more,
        probe=picture,
    )
