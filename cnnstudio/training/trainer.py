"""Training as a generator of events: no threads, no callbacks; each `yield` is a safe place to look, pause or stop."""

from __future__ import annotations

import copy
import time
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnstudio.data import DataError, Dataset
from cnnstudio.engine.engine import A_PICTURE, DeviceLostError, Engine, Learning, NonFiniteError
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.layers import write_shape
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.choice import TrainingChoice
from cnnstudio.training.events import (
    BatchDone,
    Command,
    DeviceChanged,
    EpochDone,
    Event,
    LookAt,
    ProbeSeen,
    RateChanged,
    RunDone,
    RunStarted,
    SetRate,
    SnapshotTaken,
    Stop,
    TakeSnapshot,
)
from cnnstudio.training.metrics import evaluate
from cnnstudio.training.schedule import Progress
from cnnstudio.training.speed import Speedometer
from cnnstudio.training.standardize import measure_standardization

Array = NDArray[Any]
Training = Generator[Event, Command | None, None]

SAFE_EVERY = 50  # steps between copies of the weights from a device that may fail
PROBE_PAUSE = 0.1  # seconds between two looks at the probe picture


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

    `steps` limits the run instead of the chosen epochs; `probe` is a scaled picture (1, C, H, W) to look at several
    times a second. Send a Command in return for any event. Raises DataError where data and network do not fit,
    NotEnoughMemoryError where the machine cannot hold the run.
    """
    need_fit(network, dataset)
    run = _Run(network, dataset, choice, engine or NumpyEngine(), checkpoint or Checkpoint(), steps, probe)
    try:
        yield from run.events(reason)
    finally:
        run.close()


def need_fit(network: Network, dataset: Dataset) -> None:
    """Raise DataError unless the pictures and classes are those that the network is built for."""
    program = network.program
    wanted = program.shapes[program.input]
    if dataset.shape != wanted:
        raise DataError(
            f"The pictures are {write_shape(dataset.shape)}, but the network's Input is {write_shape(wanted)}; "
            "change Input to fit."
        )
    classes = len(dataset.class_names)
    if program.classes is not None and program.classes != classes:
        raise DataError(
            f"The data has {classes} classes, but the network votes on {program.classes}; "
            "change the units of its last fully connected layer."
        )
    if not dataset.size("train"):
        raise DataError("The data has no training pictures.")


class _Run:
    """The state of one run between two events."""

    def __init__(
        self,
        network: Network,
        dataset: Dataset,
        choice: TrainingChoice,
        engine: Engine,
        checkpoint: Checkpoint,
        steps: int | None,
        probe: Array | None,
    ) -> None:
        self.network, self.dataset, self.choice, self.engine = network, dataset, choice, engine
        self.checkpoint, self.probe = checkpoint, probe
        settings = choice.settings
        self.train_size = dataset.size("train")
        self.steps_per_epoch = -(-self.train_size // settings.batch_size)
        self.total_steps = checkpoint.step + steps if steps is not None else settings.epochs * self.steps_per_epoch
        self.learning = Learning(choice.optimizer, settings.clip, settings.clip_by, settings.seed)
        if checkpoint.step == 0:
            measure_standardization(network, dataset)
        self.execution = engine.load(network.program, network.weights, self.learning)
        self._load_slots()
        self.speed = Speedometer()
        self._stopped = False
        self._looked = -PROBE_PAUSE
        self._safe = self._snapshot()
        self._order: tuple[int, Array] = (-1, np.empty(0, np.int64))

    def events(self, reason: str) -> Training:
        first = self.checkpoint.step
        yield from self._say(
            RunStarted(
                -(-self.total_steps // self.steps_per_epoch),
                self.steps_per_epoch,
                self.total_steps,
                first,
                self.engine.device,
                reason,
            )
        )
        last: EpochDone | None = None
        try:
            while self.checkpoint.step < self.total_steps and not self._stopped:
                try:
                    yield from self._step()
                    if self.checkpoint.step % self.steps_per_epoch == 0 and not self._stopped:
                        last = self._end_epoch()
                        yield from self._say(last)
                    yield from self._look()
                except DeviceLostError as error:
                    yield from self._say(self._change_device(str(error)))
        except NonFiniteError as error:
            self.execution.pull()
            yield self._done("not_finite", self._advice(error), last)
            return
        self._save()
        yield self._done("stopped" if self._stopped else "finished", "", last)

    def close(self) -> None:
        """Bring weights and checkpoint up to date, and give the engine's memory back."""
        try:
            self._save()
        except DeviceLostError:
            self._restore(self._safe)
        self.execution.close()

    def _step(self) -> Training:
        """Learn from one batch."""
        state, settings = self.checkpoint, self.choice.settings
        pictures, labels = self.dataset.take(self._batch(state.step))
        rate = self._rate()
        result = self.execution.step(pictures, labels, rate, state.step)
        state.step += 1
        state.loss_sum += result.loss * len(labels)
        state.correct += result.correct
        state.seen += len(labels)
        if state.step % SAFE_EVERY == 0 and not isinstance(self.engine, NumpyEngine):
            self._save()
            self._safe = self._snapshot()
        speed = self.speed.count(len(labels))
        left = (self.total_steps - state.step) * settings.batch_size / speed
        accuracy = result.correct / len(labels) if self._judges else None
        epoch = (state.step - 1) // self.steps_per_epoch + 1
        yield from self._say(BatchDone(epoch, state.step, result.loss, accuracy, rate, speed, left))

    def _end_epoch(self) -> EpochDone:
        """Judge the validation pictures, and begin the next epoch's sums."""
        state = self.checkpoint
        speed = self.speed.value
        judged = evaluate(self.execution, self.dataset, "validation") if self.dataset.size("validation") else None
        self.speed.skip()
        if judged is not None:
            state.watch.see(judged.loss, self.choice.schedule)
        loss, accuracy = self._means()
        done = EpochDone(
            epoch=state.step // self.steps_per_epoch,
            step=state.step,
            loss=loss or 0.0,
            accuracy=accuracy,
            validation_loss=judged.loss if judged else None,
            validation_accuracy=judged.accuracy if judged else None,
            images_per_second=speed,
            rate=self._rate(),
        )
        state.loss_sum, state.correct, state.seen = 0.0, 0, 0
        return done

    def _say(self, event: Event) -> Training:
        """Tell an event, and do what is asked in return, which may call for more events."""
        command = yield event
        while command is not None:
            answer = self._obey(command)
            command = (yield answer) if answer is not None else None

    def _obey(self, command: Command) -> Event | None:
        if isinstance(command, SetRate):
            self.checkpoint.rate = command.rate
            return RateChanged(self.checkpoint.step, command.rate)
        if isinstance(command, LookAt):
            self.probe = command.picture
            return self._seen()
        if isinstance(command, TakeSnapshot):
            self._save()
            return SnapshotTaken(self.network.weights.copy(), copy.deepcopy(self.checkpoint))
        assert isinstance(command, Stop)
        self._stopped = True
        return None

    def _look(self) -> Training:
        """Show the probe picture's maps if the last look is a while ago."""
        if self.probe is not None and time.perf_counter() - self._looked >= PROBE_PAUSE:
            yield from self._say(self._seen())

    def _seen(self) -> ProbeSeen:
        assert self.probe is not None
        self.execution.pull()
        maps = self.network.look(self.probe)
        self._looked = time.perf_counter()
        return ProbeSeen(self.checkpoint.step, maps)

    def _batch(self, step: int) -> Array:
        """The samples of a step: each epoch goes through the training pictures in an order of its own."""
        epoch, place = divmod(step, self.steps_per_epoch)
        if self._order[0] != epoch:
            rng = np.random.default_rng([self.choice.settings.seed, epoch])
            self._order = (epoch, rng.permutation(self.dataset.splits["train"]))
        size = self.choice.settings.batch_size
        return self._order[1][place * size : (place + 1) * size]

    def _rate(self) -> float:
        state = self.checkpoint
        base = self.choice.optimizer.rate if state.rate is None else state.rate
        progress = Progress(state.step, self.steps_per_epoch, self.total_steps, state.watch.reductions)
        return base * self.choice.schedule.factor(progress)

    @property
    def _judges(self) -> bool:
        return self.network.program.by_class

    def _save(self) -> None:
        self.execution.pull()
        self.checkpoint.slots = {name: slot.copy() for name, slot in self.execution.slots.items()}

    def _load_slots(self) -> None:
        for name, slot in self.execution.slots.items():
            if name in self.checkpoint.slots and self.checkpoint.slots[name].shape == slot.shape:
                np.copyto(slot, self.checkpoint.slots[name])
        self.execution.push()

    def _snapshot(self) -> tuple[Any, Checkpoint]:
        if isinstance(self.engine, NumpyEngine):
            return None, self.checkpoint
        return self.network.weights.copy(), copy.deepcopy(self.checkpoint)

    def _restore(self, safe: tuple[Any, Checkpoint]) -> None:
        weights, state = safe
        if weights is not None:
            self.network.weights.adopt(weights)
            self.checkpoint.__dict__.update(copy.deepcopy(state).__dict__)

    def _change_device(self, why: str) -> DeviceChanged:
        """Go on with NumPy from the last good step."""
        self.execution.close()
        self._restore(self._safe)
        self.engine = NumpyEngine()
        self.execution = self.engine.load(self.network.program, self.network.weights, self.learning)
        self._load_slots()
        return DeviceChanged(self.checkpoint.step, self.engine.device, why)

    def _done(self, reason: str, message: str, last: EpochDone | None) -> RunDone:
        loss, accuracy = (last.loss, last.accuracy) if last and not self.checkpoint.seen else self._means()
        return RunDone(
            epoch=-(-self.checkpoint.step // self.steps_per_epoch),
            step=self.checkpoint.step,
            reason=reason,
            message=message,
            loss=loss,
            accuracy=accuracy,
            validation_loss=last.validation_loss if last else None,
            validation_accuracy=last.validation_accuracy if last else None,
            images_per_second=self.speed.value,
        )

    def _means(self) -> tuple[float | None, float | None]:
        """Loss and accuracy over the batches of this epoch so far."""
        state = self.checkpoint
        if not state.seen:
            return None, None
        return state.loss_sum / state.seen, state.correct / state.seen if self._judges else None

    def _advice(self, error: NonFiniteError) -> str:
        place = f"Training stopped at step {self.checkpoint.step + 1}: in {error.layer}, {error.tensor}"
        kept = "The weights from before that step are kept."
        if error.tensor == A_PICTURE:
            return f"{place} holds a number that is infinite or no number. {kept} Mend or remove it in the data."
        return f"{place} is no longer a finite number. {kept} Try a smaller learning rate, or clip the gradient."


def run_to_end(training: Training) -> Iterator[Event]:
    """The events of a run to which nobody sends commands."""
    yield from training
