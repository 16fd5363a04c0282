"""The training loop: the state of one run, and what it does from event to event."""

from __future__ import annotations

import copy
import time
from collections.abc import Generator
from contextlib import suppress
from dataclasses import replace

from cnnstudio.array import Array
from cnnstudio.data import Dataset
from cnnstudio.engine.device_selection import reference_engine
from cnnstudio.engine.engine import DeviceLostError, Engine, NonFiniteError, TrainingOptions
from cnnstudio.engine.network import Network
from cnnstudio.engine.weights import Weights
from cnnstudio.interruption import Interrupted
from cnnstudio.training.best_weights import BestWeights
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.events import (
    BatchDone,
    Command,
    DeviceChanged,
    EpochDone,
    Event,
    LearningRateChanged,
    Outcome,
    ProbeMaps,
    RunDone,
    RunStarted,
    SetLearningRate,
    SetProbe,
    SnapshotTaken,
    Stop,
    TakeSnapshot,
    Unchanged,
)
from cnnstudio.training.input_statistics import measure_standardization
from cnnstudio.training.loading import load
from cnnstudio.training.metrics import Evaluation, evaluate_in_chunks
from cnnstudio.training.not_finite_message import not_finite_message
from cnnstudio.training.run_progress import RunProgress
from cnnstudio.training.settings import TrainingChoice
from cnnstudio.training.throughput import Throughput

Training = Generator[Event, Command | None, None]

BACKUP_INTERVAL = 50  # steps between backups of the weights on a device that can fail
PROBE_INTERVAL = 0.1  # seconds between two computations of the probe's feature maps


class TrainingLoop:
    """The state of a run between two events. `events` runs it; `close` must follow, however it ends."""

    def __init__(
        self,
        network: Network,
        dataset: Dataset,
        choice: TrainingChoice,
        engine: Engine,
        checkpoint: Checkpoint,
        goal: int,
        steps: int | None,
        probe: Array | None,
    ) -> None:
        self.network, self.dataset, self.choice, self.engine = network, dataset, choice, engine
        self.checkpoint, self.probe = checkpoint, probe
        settings = choice.settings
        self.progress = RunProgress(checkpoint, dataset, choice, goal, steps)
        self.learning = TrainingOptions(choice.optimizer, settings.clip, settings.clip_by, settings.seed)
        if checkpoint.step == 0:
            measure_standardization(network, dataset)
        self.speed = Throughput()
        self._ending: tuple[Outcome, str] | None = None  # reason and message, once the run is to end early
        self._probed_at = -PROBE_INTERVAL
        self._last: EpochDone | None = None  # the results of the weights as they are, until the next step
        self._backup = self._snapshot()
        self._load_error = ""  # why the device could not even be loaded
        try:
            self.execution = load(self.engine, self.network, self.learning, self.checkpoint)
        except DeviceLostError as error:
            self._load_error, self.engine = str(error), reference_engine()
            self.execution = load(self.engine, self.network, self.learning, self.checkpoint)

    def events(self, reason: str) -> Training:
        """All events of the run; `reason` says why this device was chosen."""
        progress, device, first = self.progress, self.engine.device, self.progress.first_step
        pace = progress.pace
        started = RunStarted(progress.epochs, pace.steps_per_epoch, progress.total_steps, first, device, reason)
        yield from self._emit(started)
        if self._load_error:
            yield from self._emit(DeviceChanged(first, device, self._load_error))
        while (done := (yield from self._advance())) is None:
            pass
        yield done

    def close(self) -> None:
        """Bring weights and checkpoint up to date, and free the engine's memory."""
        try:
            self.execution.pull()
            self.checkpoint.slots = dict(self.execution.slots)  # no copies: nothing trains them further
        except DeviceLostError:
            self._restore(self._backup)
        self._unload()

    def _unload(self) -> None:
        with suppress(DeviceLostError):
            self.execution.close()

    def _advance(self) -> Generator[Event, Command | None, RunDone | None]:
        """Make a step, or end an epoch or the run; on another device if this one fails. Returns the end of the run."""
        try:
            if self._ending:
                self.execution.pull()
                return self._done(*self._ending)
            if self.progress.epoch_complete:
                yield from self._end_epoch()
            elif not self.progress.finished:
                yield from self._step()
            else:
                return (yield from self._finish())
            yield from self._emit_probe_maps()
        except NonFiniteError as error:
            self._ending = (Outcome.NOT_FINITE, not_finite_message(error, self.checkpoint.step))
        except DeviceLostError as error:
            yield from self._emit(self._change_device(str(error)))
        except Interrupted:
            yield from self._emit(Unchanged(self.checkpoint.step))
            self.speed.skip()
        return None

    def _step(self) -> Training:
        """Train on one batch."""
        state, progress = self.checkpoint, self.progress
        images, labels = self.dataset.take(progress.batch())
        rate = self._rate()
        result = self.execution.step(images, labels, rate, state.step)
        progress.advance(len(labels), result.loss, result.correct)
        if state.step % BACKUP_INTERVAL == 0 and self.engine.can_fail:
            self.execution.pull()
            self._backup = self.network.weights.copy(), self._checkpoint_now()
        speed = self.speed.count(len(labels))
        accuracy = result.correct / len(labels) if self.network.program.is_classification else None
        left, at, loss, self._last = progress.seconds_left(speed), progress.fraction, result.loss, None
        yield from self._emit(BatchDone(state.epoch + 1, state.step, loss, accuracy, rate, speed, left, at))

    def _end_epoch(self) -> Training:
        """Evaluate the validation images, keep the weights if they are the best, and count the epoch.

        Nothing of that where the run is to end meanwhile.
        """
        state = self.checkpoint
        speed = self.speed.value
        validation = yield from self._validate()
        self.speed.skip()
        if self._ending:
            return
        loss, accuracy = state.means(classification=self.network.program.is_classification)
        self.progress.end_epoch()
        if validation is not None:
            state.watch.update(validation.loss, self.choice.schedule)
            self._keep_best(validation)
            why = state.stopping.update(self.choice.settings, validation, state.epoch)
            if why and not self._ending and not self.progress.finished:
                self._ending = (Outcome.STOPPED_EARLY, why)
        self._last = EpochDone(
            epoch=state.epoch,
            step=state.step,
            loss=loss or 0.0,
            accuracy=accuracy,
            validation_loss=validation.loss if validation else None,
            validation_accuracy=validation.accuracy if validation else None,
            images_per_second=speed,
            rate=self._rate(),
        )
        yield from self._emit(self._last)

    def _keep_best(self, validation: Evaluation) -> None:
        """Copy the weights if their validation loss is the lowest on this data so far."""
        state, data, loss = self.checkpoint, self.dataset.fingerprint, validation.loss
        if BestWeights.improves(state.best, data, loss):
            self.execution.pull()
            arrays = {key: array.copy() for key, array in self.network.weights.arrays.items()}
            state.best = BestWeights(state.epoch, state.step, loss, validation.accuracy, data, arrays)

    def _finish(self) -> Generator[Event, Command | None, RunDone | None]:
        """End the run, whose last epoch may not be complete; None where it is stopped meanwhile."""
        self.execution.pull()
        validation = None if self._last else (yield from self._validate())
        return None if self._ending else self._done(Outcome.FINISHED, "", validation)

    def _validate(self) -> Generator[Event, Command | None, Evaluation | None]:
        """The results on the validation images; None where there are none, or the run is to end.

        Where it is interrupted, an event is emitted, and it goes on afterwards.
        """
        if not self.dataset.size("validation"):
            return None
        steps, done = evaluate_in_chunks(self.execution, self.dataset, "validation"), 0
        while not self._ending:
            before = done
            try:
                done = next(steps)
            except StopIteration as end:
                evaluation: Evaluation = end.value.evaluation
                return evaluation
            if done == before:
                yield from self._emit(Unchanged(self.checkpoint.step))
        return None

    def _emit(self, event: Event) -> Training:
        """Emit an event, and execute the command that is sent in return, which may emit more events."""
        command = yield event
        while command is not None:
            try:
                reply = self._execute(command)
            except DeviceLostError as error:
                yield from self._emit(self._change_device(str(error)))
                reply = self._execute(command)
            except Interrupted:
                reply = Unchanged(self.checkpoint.step)
            command = (yield reply) if reply is not None else None

    def _execute(self, command: Command) -> Event | None:
        if isinstance(command, SetLearningRate):
            self.checkpoint.rate = command.rate
            return LearningRateChanged(self.checkpoint.step, command.rate)
        if isinstance(command, SetProbe):
            if command.image.shape[1:] != self.network.program.shapes[self.network.program.input]:
                return Unchanged(self.checkpoint.step)  # an image of other data
            self.probe = command.image
            return self._probe_maps()
        if isinstance(command, TakeSnapshot):
            self.execution.pull()
            return SnapshotTaken(self.network.weights.copy(), self._checkpoint_now(), command.request)
        if isinstance(command, Stop):
            self._ending = (Outcome.STOPPED, "")
        self.speed.skip()  # after a pause
        return None

    def _emit_probe_maps(self) -> Training:
        """Emit the probe's feature maps if the last ones are old enough."""
        if self.probe is not None and time.perf_counter() - self._probed_at >= PROBE_INTERVAL:
            yield from self._emit(self._probe_maps())

    def _probe_maps(self) -> ProbeMaps:
        assert self.probe is not None
        self.execution.pull()
        maps = self.network.activations(self.probe)
        self._probed_at = time.perf_counter()
        return ProbeMaps(self.checkpoint.step, maps, self.probe)

    def _rate(self) -> float:
        state = self.checkpoint
        base = self.choice.optimizer.rate if state.rate is None else state.rate
        return base * self.choice.schedule.factor(self.progress.for_schedule)

    def _checkpoint_now(self) -> Checkpoint:
        """A copy of the checkpoint with copies of the optimizer's state, as it was last pulled."""
        slots = {name: slot.copy() for name, slot in self.execution.slots.items()}
        best = self.checkpoint.best  # never changed, but replaced
        return replace(copy.deepcopy(replace(self.checkpoint, slots={}, best=None)), slots=slots, best=best)

    def _snapshot(self) -> tuple[Weights | None, Checkpoint]:
        """Copies to restore after a failure; an engine that cannot fail needs none."""
        if not self.engine.can_fail:
            return None, self.checkpoint
        return self.network.weights.copy(), copy.deepcopy(self.checkpoint)

    def _restore(self, safe: tuple[Weights | None, Checkpoint]) -> None:
        weights, state = safe
        if weights is not None:
            self.network.weights.copy_from(weights)
            self.checkpoint.__dict__.update(copy.deepcopy(state).__dict__)

    def _change_device(self, why: str) -> DeviceChanged:
        """Continue on the reference engine, from the last backup."""
        self._unload()
        self._restore(self._backup)
        self.engine = reference_engine()
        self.execution = load(self.engine, self.network, self.learning, self.checkpoint)
        return DeviceChanged(self.checkpoint.step, self.engine.device, why)

    def _done(self, reason: Outcome, message: str, validation: Evaluation | None = None) -> RunDone:
        """The end of the run; `validation` replaces the results of the last epoch."""
        last, state = self._last, self.checkpoint
        loss, accuracy = state.means(classification=self.network.program.is_classification)
        if last and not state.seen:
            loss, accuracy = last.loss, last.accuracy
        return RunDone(
            epoch=self.progress.position.begun,
            step=self.checkpoint.step,
            reason=reason,
            message=message,
            loss=loss,
            accuracy=accuracy,
            validation_loss=validation.loss if validation else last.validation_loss if last else None,
            validation_accuracy=validation.accuracy if validation else last.validation_accuracy if last else None,
            images_per_second=self.speed.value,
        )
