"""The command that trains and shows its progress."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from queue import Empty, SimpleQueue

from tqdm import tqdm

from cnnstudio.cli.arguments import add_data, add_device, add_json, add_output, add_project, positive, seed
from cnnstudio.cli.command import Command
from cnnstudio.cli.info import problem_lines
from cnnstudio.cli.network import network_to_train
from cnnstudio.cli.result_file import ResultFile
from cnnstudio.cli.streams import print_plain, report
from cnnstudio.cli.strict_json import strict_json
from cnnstudio.data import DatasetName, open_dataset
from cnnstudio.engine.device_selection import reference_engine
from cnnstudio.graph import check
from cnnstudio.operations import OPTIMIZERS
from cnnstudio.project import ProjectFileError, load
from cnnstudio.runs.run import Run
from cnnstudio.runs.run_event import Ended, RunEvent
from cnnstudio.runs.run_list import save_runs
from cnnstudio.runs.snapshot import TrainingState
from cnnstudio.runs.state import RunState
from cnnstudio.runs.training_work import RunRequest
from cnnstudio.runs.weight_store import WeightStore
from cnnstudio.spec.number_text import format_decimals
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.estimate import TrainingEstimate, estimate
from cnnstudio.training.events import BatchDone, DeviceChanged, EpochDone, Outcome, RunDone, RunStarted
from cnnstudio.training.settings import TrainingChoice
from cnnstudio.user_error import UserError

NAMES = {RunStarted: "start", BatchDone: "batch", EpochDone: "epoch", DeviceChanged: "device", RunDone: "done"}
ALWAYS = ("epoch", "step", "loss", "accuracy", "validation_loss", "validation_accuracy", "images_per_second")

RETRY = 60.0  # seconds until a file that could not be written is tried again
SAVE_FRACTION = 0.1  # of the time that saving during the run may take
REFRESH = 0.05  # seconds between two looks at a run in which nobody waits for anything

Show = Callable[[RunEvent], None]


class UnfinishedRunError(UserError):
    """A run that ended early, with the reason."""


def train(options: argparse.Namespace) -> None:
    """Train, print events, save the network with everything needed to resume, now and then and at the end."""
    saved = load(options.file)
    file = ResultFile(options.out or options.file, options.file, saved)
    choice = _choice(saved.project.training, options)
    dataset = open_dataset(options.data, seed=saved.project.data.seed, validation=saved.project.data.validation)
    network = network_to_train(saved, dataset, choice.settings.seed, skip_mismatch=options.skip_mismatch)
    graph, checkpoint = saved.project.graph, saved.checkpoint or Checkpoint()
    for line in problem_lines(graph, check(graph, dataset.spec, choice.settings.batch_size).problems):
        report(line)
    request = RunRequest(
        graph=graph,
        training=choice,
        dataset=dataset,
        device=options.device,
        network=network,
        steps=options.steps,
        more_epochs=options.epochs,
        keep_rate=options.rate is None,
    )

    def write(progress: TrainingState) -> None:
        arrays = network.weights.arrays if progress.weights is None else progress.weights.arrays
        data = replace(saved.project.data.describing(dataset), source=DatasetName.parse(options.data))
        project = saved.project.with_data(data).with_training(choice)
        file.save(project, arrays, progress.checkpoint, save_runs(run.records))

    run = Run()
    run.begin(WeightStore(saved.arrays), checkpoint, graph.wiring, saved.runs)
    told = estimate(network, dataset, choice, reference_engine()) if options.device == "numpy" else None
    with _json_lines(told) if options.json else _progress_bar(told) as show:
        done = _run(run, request, _PeriodicSaves(run, write), show)
    run.take_snapshot(write)
    if done.reason is Outcome.STOPPED:
        raise UnfinishedRunError(f"interrupted at step {done.step}; the network is saved as it was then")
    if done.reason is Outcome.NOT_FINITE:
        raise UnfinishedRunError(done.message)
    if file.moved:
        raise SystemExit(1)  # the reason was told when it happened


class _PeriodicSaves:
    """Saves the network at ends of epochs."""

    def __init__(self, run: Run, write: Callable[[TrainingState], None]) -> None:
        self._run, self.write = run, write
        self._due = 0.0
        self._asked = False

    def ask(self) -> None:
        """Save at the next end of an epoch, if the last time is long enough ago."""
        if not self._asked and time.monotonic() >= self._due:
            self._asked = True
            self._run.take_snapshot_after_epoch(self._save)

    def _save(self, progress: TrainingState) -> None:
        self._asked, begin = False, time.monotonic()
        try:
            self.write(progress)
        except ProjectFileError as error:
            report(f"{error} Training continues and saves later.")
            self._due = time.monotonic() + RETRY
            return
        end = time.monotonic()
        self._due = end + (end - begin) * (1.0 / SAVE_FRACTION - 1.0)


def _run(run: Run, request: RunRequest, saves: _PeriodicSaves, show: Show) -> RunDone:
    """Train until the run ends; a signal to end the program ends it after the current step.

    Raises the error that ended the run, or whatever `show` raises, such as BrokenPipeError; what was trained until
    then is saved first.
    """
    first, woken = run.checkpoint.step, SimpleQueue[None]()

    def listen(event: RunEvent) -> None:
        show(event)
        if isinstance(event, EpochDone):
            saves.ask()
        if isinstance(event, Ended) and event.error is not None:
            raise event.error

    run.listener = listen
    run.notify = lambda urgent: woken.put(None) if urgent else None
    with _ending_signals() as signals:
        try:
            run.start(request)
            saves.ask()
            while run.state is not RunState.IDLE:
                with suppress(Empty):
                    woken.get(timeout=REFRESH)
                if signals and run.state is not RunState.STOPPING:
                    run.stop()
                run.process()
        except BaseException:
            run.listener = lambda event: None
            run.close()
            if run.checkpoint.step > first:
                run.take_snapshot(saves.write)
            raise
    done = run.records[-1].done
    assert done is not None
    return done


@contextmanager
def _ending_signals() -> Iterator[list[int]]:
    """Collect the signals by which people and machines end a program; `nohup` lets it outlive its terminal."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    found = [getattr(signal, name) for name in names if hasattr(signal, name)]
    caught = [number for number in found if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN]
    received: list[int] = []
    before = {number: signal.signal(number, lambda number, frame: received.append(number)) for number in caught}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _choice(choice: TrainingChoice, options: argparse.Namespace) -> TrainingChoice:
    """The project's training choices with those of the command line in their place."""
    optimizer = choice.optimizer
    if options.optimizer is not None and options.optimizer != optimizer.kind:
        optimizer = OPTIMIZERS[options.optimizer]()
    if options.rate is not None:
        optimizer = optimizer.with_params(rate=options.rate)
    stop_early = options.stop_early
    if stop_early is None and options.patience is not None and choice.settings.stop_early == "off":
        stop_early = "loss"
    wanted = {
        "epochs": options.epochs,
        "batch_size": options.batch,
        "seed": options.seed,
        "stop_early": stop_early,
        "patience": options.patience,
    }
    settings = choice.settings.with_params(**{name: value for name, value in wanted.items() if value is not None})
    return replace(choice, optimizer=optimizer, settings=settings)


@contextmanager
def _json_lines(told: TrainingEstimate | None) -> Iterator[Show]:
    """Print one JSON object per line; the lines of batches, epochs and the end begin with the same keys.

    The first line ends with what the run is estimated to take, null where that is unknown.
    """
    costs = {
        "estimated_epoch_seconds": told.epoch_seconds if told is not None else None,
        "estimated_memory": told.memory if told is not None else None,
    }

    def show(event: RunEvent) -> None:
        if type(event) not in NAMES:
            return
        same = dict.fromkeys(ALWAYS) if isinstance(event, BatchDone | EpochDone | RunDone) else {}
        more = costs if isinstance(event, RunStarted) else {}
        line = strict_json({"event": NAMES[type(event)], **same, **asdict(event), **more})
        print(line, flush=not isinstance(event, BatchDone))

    yield show


@contextmanager
def _progress_bar(told: TrainingEstimate | None) -> Iterator[Show]:
    """Show what the run is estimated to take, then a progress bar and a line for each epoch.

    There is one more at the end where that lies within an epoch.
    """
    with tqdm(unit="batch", file=sys.stderr, leave=False, disable=None) as bar:
        last_told = -1  # the step of the last line of results

        def show(event: RunEvent) -> None:
            nonlocal last_told
            if isinstance(event, RunStarted):
                bar.reset(event.total_steps)
                bar.update(event.first_step)
                more = event.reason or (told.describe() if told is not None else "")
                print_plain(f"{event.device}{': ' + more if more else ''}")
            elif isinstance(event, BatchDone):
                bar.update(1)
            elif isinstance(event, EpochDone):
                bar.clear()
                print_plain(_results_line(f"epoch {event.epoch}", event))
                last_told = event.step
            elif isinstance(event, DeviceChanged):
                bar.clear()
                print_plain(f"step {event.step}: {event.reason} Training continues on {event.device}.")
            elif isinstance(event, RunDone):
                bar.clear()
                if event.step != last_told:
                    print_plain(_results_line(f"step {event.step}", event))
                if event.reason is Outcome.STOPPED_EARLY:
                    print_plain(f"stopped early: {event.message}")

        yield show


def _results_line(moment: str, event: EpochDone | RunDone) -> str:
    parts = [f"{moment}: loss {format_decimals(event.loss, 4)}" if event.loss is not None else moment]
    if event.accuracy is not None:
        parts.append(f"accuracy {event.accuracy:.2%}")
    if event.validation_loss is not None:
        parts.append(f"validation loss {format_decimals(event.validation_loss, 4)}")
    if event.validation_accuracy is not None:
        parts.append(f"validation accuracy {event.validation_accuracy:.2%}")
    return ", ".join([*parts, f"{event.images_per_second:,.0f} images/s"])


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_project(parser)
    add_data(parser)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=positive, metavar="N", help="number of additional epochs")
    length.add_argument("--steps", type=positive, metavar="N", help="number of batches")
    parser.add_argument("--batch", type=positive, metavar="N", help="batch size")
    parser.add_argument("--optimizer", choices=OPTIMIZERS, metavar="NAME", help=", ".join(OPTIMIZERS))
    parser.add_argument("--rate", type=float, metavar="R", help="learning rate")
    parser.add_argument("--seed", type=seed, metavar="S", help="for weight initialization and the order of images")
    parser.add_argument(
        "--stop-early",
        choices=("off", "loss", "accuracy"),
        help="stop when this result on the validation images no longer improves",
    )
    parser.add_argument(
        "--patience",
        type=positive,
        metavar="N",
        help="stop after N epochs without improvement (of the validation loss, if --stop-early is not given)",
    )
    parser.add_argument(
        "--skip-mismatch", action="store_true", help="reinitialize layers whose saved weights have another shape"
    )
    add_device(parser)
    add_output(parser, "OUT.cnn", help="where to save (default: FILE.cnn itself)")
    add_json(parser)


COMMAND = Command("train", "train a project's network", _add_arguments, train)
