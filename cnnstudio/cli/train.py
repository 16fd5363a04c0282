"""The command that trains, and says how it goes."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, replace
from functools import partial

from tqdm import tqdm

from cnnstudio.cli.arguments import add_data, add_device, add_json, add_output, add_project, positive, seed
from cnnstudio.cli.command import Command as CliCommand
from cnnstudio.cli.network import network_for
from cnnstudio.cli.strict_json import strict_json
from cnnstudio.data import Dataset, DatasetName, open_dataset
from cnnstudio.engine.device_selection import choose_engine
from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.network import Network
from cnnstudio.operations import OPTIMIZERS
from cnnstudio.project import Project, ProjectFileError, SavedProject, load, require_writable, save
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.events import (
    BatchDone,
    Command,
    DeviceChanged,
    EpochDone,
    Event,
    RunDone,
    RunStarted,
    SnapshotTaken,
    Stop,
    TakeSnapshot,
)
from cnnstudio.training.loop import Training
from cnnstudio.training.settings import TrainingChoice
from cnnstudio.training.trainer import train as run

NAMES = {RunStarted: "start", BatchDone: "batch", EpochDone: "epoch", DeviceChanged: "device", RunDone: "done"}
ALWAYS = ("epoch", "step", "loss", "accuracy", "validation_loss", "validation_accuracy", "images_per_second")

PATIENCE = 60.0  # seconds until a file that could not be written is tried again


class UnfinishedRunError(ValueError):
    """A run that ended early, with the reason."""


def train(options: argparse.Namespace) -> None:
    """Train, print events, save the network with all that is needed to go on, now and then and at the end."""
    saved = load(options.file)
    require_writable(options.out or options.file)
    choice = _choice(saved.project.training, options)
    dataset = open_dataset(options.data, seed=saved.project.data.seed, validation=saved.project.data.validation)
    network = network_for(saved, dataset, choice.settings.seed)
    checkpoint = saved.checkpoint or Checkpoint()
    if options.rate is not None:
        checkpoint.rate = None
    learning = TrainingOptions(choice.optimizer)
    engine, reason = choose_engine(
        options.device, network.program, network.weights, choice.settings.batch_size, learning
    )
    first, steps = checkpoint.step, _steps(options, choice, dataset, checkpoint)
    events = run(network, dataset, choice, engine=engine, reason=reason, checkpoint=checkpoint, steps=steps)
    keep = partial(_save, options, saved, dataset, choice, network, checkpoint)
    show = _as_json if options.json else _as_bar
    told = _until_interrupted(events, keep)
    try:
        (last,) = deque(show(told), maxlen=1)
    except BaseException:  # whatever it is, such as a reader of a pipe that goes away: nothing learned is lost
        told.close()
        if checkpoint.step > first:
            keep()
        raise
    keep()
    assert isinstance(last, RunDone)
    if last.reason == "stopped":
        raise UnfinishedRunError(f"interrupted at step {last.step}; the network is saved as it was then")
    if last.reason == "not_finite":
        raise UnfinishedRunError(last.message)


def _until_interrupted(events: Training, keep: Callable[[], None]) -> Generator[Event, None, None]:
    """The events of the run, which is saved after epochs; a signal to end ends it after the step in hand."""
    asked: list[Command] = []
    before = {number: signal.signal(number, lambda *_: asked.append(Stop())) for number in _endings()}
    due = 0.0
    try:
        command: Command | None = None
        while True:
            event = events.send(command)
            if isinstance(event, SnapshotTaken):
                due = _keep(keep)
            yield event
            wanted = isinstance(event, EpochDone) and time.monotonic() >= due
            command = asked[0] if asked else TakeSnapshot() if wanted else None
    except StopIteration:
        return
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        events.close()


def _endings() -> list[signal.Signals]:
    """The signals by which people and machines end a program; `nohup` has it outlive its terminal."""
    found = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    return [number for number in found if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN]


def _keep(keep: Callable[[], None]) -> float:
    """Save in the midst of a run; returns when to do so next, so that it takes a tenth of the time at most."""
    begun = time.monotonic()
    try:
        keep()
    except ProjectFileError as error:
        print(f"cnnstudio-cli: {error} Training goes on, and saves later.", file=sys.stderr)
        return time.monotonic() + PATIENCE
    return time.monotonic() + 9.0 * (time.monotonic() - begun)


def _choice(choice: TrainingChoice, options: argparse.Namespace) -> TrainingChoice:
    """The project's training choices with those of the command line in their place."""
    optimizer = choice.optimizer
    if options.optimizer is not None and options.optimizer != optimizer.kind:
        optimizer = OPTIMIZERS[options.optimizer]()
    if options.rate is not None:
        optimizer = optimizer.with_params(rate=options.rate)
    wanted = {"epochs": options.epochs, "batch_size": options.batch, "seed": options.seed}
    settings = choice.settings.with_params(**{name: value for name, value in wanted.items() if value is not None})
    return replace(choice, optimizer=optimizer, settings=settings)


def _steps(options: argparse.Namespace, choice: TrainingChoice, dataset: Dataset, checkpoint: Checkpoint) -> int | None:
    """How many steps this run takes; None where it goes to the end of the chosen epochs, as an unbroken run would."""
    if options.steps is not None:
        return int(options.steps)
    settings, images = choice.settings, dataset.size("train")
    if options.epochs is not None:
        return settings.epochs * settings.steps_per_epoch(images)
    return settings.more_steps(images, checkpoint.step)


def _save(
    options: argparse.Namespace,
    saved: SavedProject,
    dataset: Dataset,
    choice: TrainingChoice,
    network: Network,
    checkpoint: Checkpoint,
) -> None:
    data = replace(saved.project.data.describing(dataset), source=DatasetName.parse(options.data))
    project: Project = saved.project.with_data(data).with_training(choice)
    save(options.out or options.file, project, network.weights.arrays, checkpoint)


def _as_json(events: Iterator[Event]) -> Iterator[Event]:
    """Print one JSON object a line; the lines on batches, epochs and the end begin with the same keys."""
    for event in events:
        if type(event) in NAMES:
            same = dict.fromkeys(ALWAYS) if isinstance(event, BatchDone | EpochDone | RunDone) else {}
            line = strict_json({"event": NAMES[type(event)], **same, **asdict(event)})
            print(line, flush=not isinstance(event, BatchDone))
        yield event


def _as_bar(events: Iterator[Event]) -> Iterator[Event]:
    """Show a progress bar, and a line for each epoch."""
    bar = tqdm(unit="batch", file=sys.stderr, leave=False, disable=None)
    for event in events:
        if isinstance(event, RunStarted):
            bar.reset(event.total_steps)
            bar.update(event.first_step)
            print(f"{event.device}{': ' + event.reason if event.reason else ''}")
        elif isinstance(event, BatchDone):
            bar.update(1)
        elif isinstance(event, EpochDone):
            bar.clear()
            print(_epoch_line(event))
        elif isinstance(event, DeviceChanged):
            bar.clear()
            print(f"step {event.step}: {event.reason} Going on with {event.device}.")
        yield event
    bar.close()


def _epoch_line(event: EpochDone) -> str:
    parts = [f"epoch {event.epoch}: loss {event.loss:.4f}"]
    if event.accuracy is not None:
        parts.append(f"accuracy {event.accuracy:.2%}")
    if event.validation_loss is not None:
        parts.append(f"validation loss {event.validation_loss:.4f}")
    if event.validation_accuracy is not None:
        parts.append(f"validation accuracy {event.validation_accuracy:.2%}")
    return ", ".join([*parts, f"{event.images_per_second:,.0f} images/s"])


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_project(parser)
    add_data(parser)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=positive, metavar="N", help="number of passes over the training images")
    length.add_argument("--steps", type=positive, metavar="N", help="number of batches")
    parser.add_argument("--batch", type=positive, metavar="N", help="batch size")
    parser.add_argument("--optimizer", choices=OPTIMIZERS, metavar="NAME", help=", ".join(OPTIMIZERS))
    parser.add_argument("--rate", type=float, metavar="R", help="learning rate")
    parser.add_argument("--seed", type=seed, metavar="S", help="for weight initialization and the order of images")
    add_device(parser)
    add_output(parser, "OUT.cnn", help="where to save (default: FILE.cnn itself)")
    add_json(parser)


COMMAND = CliCommand("train", "train a project's network", _add_arguments, train)
