"""A run without any window: its transitions, what it trains, and what a listener gets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from cnnstudio.engine.engine import DeviceLostError
from cnnstudio.engine.network import Network
from cnnstudio.engine.program import NetworkError
from cnnstudio.operations.optimizer import SGD
from cnnstudio.runs import training_work
from cnnstudio.runs.run import Run
from cnnstudio.runs.run_event import Ended, RunEvent, StateChanged
from cnnstudio.runs.run_list import save_runs
from cnnstudio.runs.snapshot import TrainingState
from cnnstudio.runs.state import IllegalActionError, RunState
from cnnstudio.runs.training_work import NetworkReady, RunRequest
from cnnstudio.runs.weight_store import WeightStore
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.events import (
    BatchDone,
    DeviceChanged,
    EpochDone,
    LearningRateChanged,
    Outcome,
    ProbeMaps,
    RunDone,
    RunStarted,
)
from tests.networks import small, xo
from tests.training.small_runs import choice
from tests.training.test_device_loss import FlakyEngine

PATIENCE = 20.0  # seconds
LONG = 100_000  # epochs
DATA = xo(40)


class Owner:
    """Processes a run's events as the window does, on one thread, and remembers them."""

    def __init__(self) -> None:
        self.run = Run()
        self.events: list[RunEvent] = []
        self.urgent = 0
        self._woken = threading.Condition()
        self.run.notify, self.run.listener = self._notify, self.events.append

    def _notify(self, urgent: bool) -> None:
        with self._woken:
            self.urgent += urgent
            self._woken.notify_all()

    def start(self, request: RunRequest | None = None, **options: object) -> None:
        self.run.start(request or request_for(), **options)  # type: ignore[arg-type]

    def wait(self, holds: Callable[[], object]) -> None:
        """Process events until something holds."""
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, f"it did not happen; there are {self.events[-3:]}"
            with self._woken:
                self._woken.wait(0.005)
            self.run.process()

    def wait_for(self, state: RunState) -> None:
        self.wait(lambda: self.run.state is state)

    def train(self, request: RunRequest | None = None) -> Ended:
        """A whole run."""
        self.start(request)
        self.wait_for(RunState.IDLE)
        ended = self.events[-1]
        assert isinstance(ended, Ended)
        return ended

    def steps(self) -> int:
        last = self.run.records[-1].last
        return last.step if last is not None else 0

    def of(self, kind: type) -> list[RunEvent]:
        return [event for event in self.events if isinstance(event, kind)]

    def states(self) -> list[RunState]:
        """The states so far, as the listener learned of them."""
        return [
            event.state if isinstance(event, StateChanged) else RunState.IDLE
            for event in self.events
            if isinstance(event, StateChanged | Ended)
        ]

    def snapshot(self) -> TrainingState:
        taken: list[TrainingState] = []
        self.run.take_snapshot(taken.append)
        self.wait(lambda: taken)
        return taken[0]


@pytest.fixture
def owner() -> Iterator[Owner]:
    """The owner of an idle run, which is closed at the end."""
    made = Owner()
    yield made
    made.run.close()


def request_for(epochs: int = 2, **options: object) -> RunRequest:
    return RunRequest(small(), choice(epochs=epochs), DATA, **options)  # type: ignore[arg-type]


def arrays_of(owner: Owner) -> dict[str, np.ndarray]:
    """What the run has trained."""
    return owner.run.weights.by_name(small(), {})


class SlowBuild:
    """Holds the run's thread while it builds the network."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> None:
        self.release = threading.Event()
        build = Network.build

        def slowly(*arguments: object) -> Network:
            self.release.wait(PATIENCE)
            if error is not None:
                raise error
            return build(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(training_work, "Network", type("Slow", (), {"build": staticmethod(slowly)}))


class TestFromStartToEnd:
    def test_states_record_and_weights(self, owner: Owner) -> None:
        ended = owner.train()
        assert owner.states() == [RunState.STARTING, RunState.RUNNING, RunState.IDLE]
        (record,) = owner.run.records
        assert ended.record is record
        assert ended.error is None
        assert record.outcome is Outcome.FINISHED
        assert (record.title, record.device, record.dataset) == ("Run 1", "numpy", DATA.name)
        assert record.training == choice(epochs=2)
        assert record.seed == 0
        assert record.seconds > 0.0
        assert len(record.losses) == 6
        assert len(record.epochs) == 2
        assert owner.run.checkpoint.step == 6
        reference = Network.create(small())
        assert any(not np.array_equal(array, reference.weights.arrays[key]) for key, array in arrays_of(owner).items())
        assert owner.run.network is None

    def test_training_that_goes_on_is_one_run(self, owner: Owner) -> None:
        owner.train()
        owner.train(replace(request_for(epochs=3), training=choice(epochs=3, batch=8)))
        (record,) = owner.run.records
        assert record.steps.tolist() == list(range(1, 12))
        assert [done.epoch for done in record.epochs] == [1, 2, 3]
        assert record.positions.tolist() == sorted(record.positions)
        assert record.training.settings.batch_size == 8
        assert record.outcome is Outcome.FINISHED
        assert [mark.text for mark in record.marks] == ["batch 8"]  # type: ignore[union-attr]

    def test_other_data_or_new_weights_begin_a_run(self, owner: Owner) -> None:
        owner.train()
        owner.train(replace(request_for(), dataset=xo(50)))
        owner.run.weights, owner.run.checkpoint = WeightStore(), Checkpoint()
        owner.train(replace(request_for(), dataset=xo(50)))
        assert [record.title for record in owner.run.records] == ["Run 1", "Run 2", "Run 3"]
        assert [int(record.steps[0]) for record in owner.run.records] == [1, 7, 1]

    def test_runs_from_a_file_go_on(self, owner: Owner) -> None:
        owner.train()
        saved, checkpoint = save_runs(owner.run.records), owner.run.checkpoint
        owner.run.begin(WeightStore(arrays_of(owner)), checkpoint, small().wiring, saved)
        (restored,) = owner.run.records
        assert restored.done == saved[0].done
        owner.train()
        assert owner.run.records == [restored]
        assert restored.steps.tolist() == list(range(1, 13))
        assert restored.seconds > saved[0].seconds

    def test_a_run_of_another_graph_starts_over(self, owner: Owner) -> None:
        owner.train()
        graph = small()
        layer = graph.nodes["conv"].layer.with_params(filters=4)
        owner.train(replace(request_for(), graph=graph.with_layer("conv", layer)))
        assert owner.run.records[1].steps[0] == 1

    def test_the_given_network_is_trained(self, owner: Owner) -> None:
        network = Network.create(small())
        assert owner.train(request_for(network=network)).network is network
        (ready,) = owner.of(NetworkReady)
        assert isinstance(ready, NetworkReady)
        assert ready.network is network

    def test_a_limit_of_steps(self, owner: Owner) -> None:
        owner.train(request_for(steps=4))
        assert owner.run.checkpoint.step == 4

    def test_a_manual_learning_rate_lasts_only_on_request(self, owner: Owner) -> None:
        def rates(keep_rate: bool) -> set[float]:
            owner.run.begin(WeightStore(), Checkpoint(rate=0.25), small().wiring)
            owner.train(request_for(keep_rate=keep_rate))
            return {event.rate for event in owner.of(BatchDone)[-6:]}  # type: ignore[union-attr]

        assert rates(keep_rate=True) == {0.25}
        assert rates(keep_rate=False) == {0.01}

    def test_numbers_that_are_not_finite_end_it(self, owner: Owner) -> None:
        owner.train(replace(request_for(), training=choice(SGD(rate=100.0), epochs=LONG)))
        assert owner.run.records[0].outcome is Outcome.NOT_FINITE


class TestCommands:
    def test_commands_that_an_idle_run_refuses(self, owner: Owner) -> None:
        for command in (owner.run.pause, owner.run.resume, owner.run.step, owner.run.stop):
            with pytest.raises(IllegalActionError, match="idle"):
                command()
        assert owner.events == []

    def test_commands_that_an_active_run_refuses(self, owner: Owner) -> None:
        owner.start(request_for(LONG))
        owner.wait(lambda: owner.steps() > 2)
        for command in (owner.start, owner.run.resume, owner.run.step):
            with pytest.raises(IllegalActionError, match="running"):
                command()
        assert len(owner.run.records) == 1
        owner.run.stop()
        for command in (owner.start, owner.run.resume, owner.run.step, owner.run.pause):
            with pytest.raises(IllegalActionError, match="stopping"):
                command()
        owner.run.stop()

    def test_pause_and_resume(self, owner: Owner) -> None:
        owner.start(request_for(LONG))
        owner.wait(lambda: owner.steps() > 2)
        owner.run.pause()
        assert owner.run.state is RunState.PAUSED
        step = owner.snapshot().checkpoint.step
        assert owner.snapshot().checkpoint.step == step
        seconds = owner.run.records[0].seconds
        assert owner.run.records[0].seconds == seconds, "pauses do not count"
        owner.run.resume()
        owner.wait(lambda: owner.steps() > step + 2)
        owner.run.stop()
        owner.wait_for(RunState.IDLE)
        assert owner.states()[-4:] == [RunState.PAUSED, RunState.RUNNING, RunState.STOPPING, RunState.IDLE]

    def test_a_step_from_idle_and_from_pause(self, owner: Owner) -> None:
        owner.start(request_for(LONG), pause_after_step=True)
        owner.wait_for(RunState.PAUSED)
        assert owner.steps() == 1
        for step in (2, 3):
            owner.run.step()
            assert owner.run.state is RunState.PAUSED
            owner.wait(lambda step=step: owner.steps() == step)  # type: ignore[misc]
        assert owner.snapshot().checkpoint.step == 3

    def test_close_reports_the_remaining_events_in_order(self, owner: Owner) -> None:
        owner.start()
        owner.run.stop()
        owner.run.close()
        assert isinstance(owner.events[-1], Ended)
        owner.events.clear()
        owner.start(request_for(1))
        while owner.run._worker.alive:  # until everything waits to be processed
            threading.Event().wait(0.005)
        owner.run.close()
        kinds = [type(event) for event in owner.events if not isinstance(event, ProbeMaps | BatchDone)]
        assert kinds.index(RunStarted) < kinds.index(EpochDone) < kinds.index(RunDone) < kinds.index(Ended)
        assert kinds[-1] is Ended
        assert owner.run.records[-1].done is not None

    def test_stop_while_running(self, owner: Owner) -> None:
        owner.start(request_for(LONG))
        owner.wait(lambda: owner.steps() > 2)
        owner.run.stop()
        assert owner.run.state is RunState.STOPPING
        owner.wait_for(RunState.IDLE)
        (record,) = owner.run.records
        assert record.outcome is Outcome.STOPPED
        assert record.done is not None
        assert record.done.step == owner.run.checkpoint.step == record.steps[-1]

    def test_stop_while_paused(self, owner: Owner) -> None:
        owner.start(request_for(LONG), pause_after_step=True)
        owner.wait_for(RunState.PAUSED)
        owner.run.stop()
        owner.wait_for(RunState.IDLE)
        assert owner.run.records[0].outcome is Outcome.STOPPED
        assert owner.run.checkpoint.step == 1

    def test_a_learning_rate_set_while_running(self, owner: Owner) -> None:
        owner.start(request_for(LONG))
        owner.run.set_learning_rate(0.125)
        owner.wait(lambda: owner.of(LearningRateChanged))
        owner.wait(lambda: (last := owner.run.records[0].last) is not None and last.rate == 0.125)
        assert owner.run.records[0].marks == owner.of(LearningRateChanged)

    def test_commands_without_a_run_are_forgotten(self, owner: Owner) -> None:
        owner.run.set_learning_rate(0.125)
        owner.run.set_probe(DATA.take([0])[0])
        owner.train()
        assert not owner.of(LearningRateChanged) + owner.of(ProbeMaps)

    def test_the_probe(self, owner: Owner) -> None:
        image = DATA.take([0])[0]
        owner.start(request_for(LONG, probe=image))
        owner.wait(lambda: owner.of(ProbeMaps))
        owner.run.pause()
        step = owner.snapshot().checkpoint.step
        owner.run.set_probe(image)
        owner.wait(lambda: owner.of(ProbeMaps)[-1].step == step)  # type: ignore[union-attr]

    def test_the_speed_is_limited_until_the_limit_is_removed(self, owner: Owner) -> None:
        begin = time.monotonic()
        owner.start(request_for(LONG), steps_per_second=50.0)
        owner.wait(lambda: owner.steps() >= 10)
        assert time.monotonic() - begin >= 9 / 50.0
        owner.run.limit_speed(0.0)
        owner.wait(lambda: owner.steps() >= 500)


class TestWhileStarting:
    def test_stop(self, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
        slow = SlowBuild(monkeypatch)
        owner.start()
        assert owner.run.state is RunState.STARTING
        owner.run.stop()
        slow.release.set()
        owner.wait_for(RunState.IDLE)
        assert owner.run.records[0].outcome is Outcome.STOPPED
        assert not owner.of(BatchDone)
        assert owner.run.checkpoint.step == 0

    def test_pause_and_resume(self, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
        slow = SlowBuild(monkeypatch)
        owner.start()
        owner.run.pause()
        slow.release.set()
        assert owner.snapshot().checkpoint.step == 0
        assert owner.run.state is RunState.PAUSED
        owner.run.resume()
        owner.wait_for(RunState.IDLE)
        assert owner.run.records[0].outcome is Outcome.FINISHED

    def test_failure(self, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
        error = NetworkError("no")
        SlowBuild(monkeypatch, error).release.set()
        ended = owner.train()
        assert ended.error is error
        assert ended.network is None
        assert owner.run.records[0].outcome is Outcome.FAILED
        monkeypatch.undo()
        owner.train()
        assert owner.run.records[-1].outcome is Outcome.FINISHED

    def test_failure_of_the_device(self, owner: Owner) -> None:
        ended = owner.train(request_for(device="opencl:999"))
        assert "opencl:999" in str(ended.error)
        assert owner.run.records[0].outcome is Outcome.FAILED

    def test_close(self, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
        slow = SlowBuild(monkeypatch)
        owner.start()
        slow.release.set()
        owner.run.close()
        assert owner.run.state is RunState.IDLE


def test_a_lost_device_is_recorded_and_the_run_continues(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_work, "choose_engine", lambda *_: (FlakyEngine("step", 3), ""))
    owner.train()
    (record,) = owner.run.records
    assert [type(mark) for mark in record.marks] == [DeviceChanged]
    assert record.outcome is Outcome.FINISHED
    assert owner.run.checkpoint.step == 6


def test_a_device_that_keeps_failing_ends_the_run(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise DeviceLostError("gone")

    monkeypatch.setattr(training_work, "choose_engine", fail)
    assert isinstance(owner.train().error, DeviceLostError)


class TestSnapshots:
    def test_while_running(self, owner: Owner) -> None:
        owner.start(request_for(LONG))
        owner.wait(lambda: owner.steps() > 2)
        progress = owner.snapshot()
        assert progress.checkpoint.step > 2
        assert progress.wiring == small().wiring
        assert progress.weights is not None
        assert owner.run.network is not None
        assert progress.weights.arrays["fc.weight"] is not owner.run.network.weights.arrays["fc.weight"]

    def test_several_snapshots_are_answered_in_order(self, owner: Owner) -> None:
        taken: list[int] = []
        owner.start(request_for(LONG))
        for number in range(5):
            owner.run.take_snapshot(lambda progress, number=number: taken.append(number))  # type: ignore[misc]
        owner.wait(lambda: len(taken) == 5)
        assert taken == list(range(5))

    def test_without_a_run_a_snapshot_is_immediate(self, owner: Owner) -> None:
        owner.train()
        taken: list[TrainingState] = []
        owner.run.take_snapshot(taken.append)
        assert taken[0].checkpoint.step == 6
        assert taken[0].weights is None

    def test_a_snapshot_at_the_end_has_the_final_state(self, owner: Owner) -> None:
        taken: list[TrainingState] = []
        owner.start()
        owner.run.stop()
        owner.run.take_snapshot(taken.append)
        owner.wait_for(RunState.IDLE)
        assert len(taken) == 1
        assert taken[0].checkpoint.step == owner.run.checkpoint.step

    def test_a_snapshot_at_the_end_of_an_epoch(self, owner: Owner) -> None:
        taken: list[int] = []
        owner.start(request_for(3))
        owner.run.take_snapshot_after_epoch(lambda progress: taken.append(progress.checkpoint.step))
        owner.wait(lambda: taken)
        owner.wait_for(RunState.IDLE)
        assert len(taken) == 1
        assert taken[0] % 3 == 0

    def test_a_snapshot_for_an_epoch_that_never_ends_is_not_taken(self, owner: Owner) -> None:
        taken: list[TrainingState] = []
        owner.start(request_for(steps=2))
        owner.run.take_snapshot_after_epoch(taken.append)
        owner.wait_for(RunState.IDLE)
        assert taken == []


class TestListener:
    def test_the_listener_may_give_commands_without_recursion(self, owner: Owner) -> None:
        depths: list[int] = []
        depth = 0

        def listen(event: RunEvent) -> None:
            nonlocal depth
            depth += 1
            depths.append(depth)
            owner.events.append(event)
            owner.run.process()
            if isinstance(event, EpochDone) and event.epoch == 2:
                owner.run.pause()
                owner.run.resume()
                owner.run.stop()
            depth -= 1

        owner.run.listener = listen
        owner.start(request_for(LONG))
        owner.wait_for(RunState.IDLE)
        assert max(depths) == 1
        after = [RunState.PAUSED, RunState.RUNNING, RunState.STOPPING, RunState.IDLE]
        assert owner.states()[-4:] == after
        assert owner.run.records[0].outcome is Outcome.STOPPED

    def test_the_listener_may_start_the_next_run(self, owner: Owner) -> None:
        def listen(event: RunEvent) -> None:
            owner.events.append(event)
            if isinstance(event, Ended) and len(owner.run.records) < 3:
                owner.start()

        owner.run.listener = listen
        owner.start()
        owner.wait(lambda: len(owner.of(Ended)) == 3)
        assert owner.run.checkpoint.step == 18

    def test_the_listener_may_open_another_project_during_a_snapshot(self, owner: Owner) -> None:
        owner.start(request_for(LONG))
        owner.run.take_snapshot(lambda progress: owner.run.begin(WeightStore(), None, None))
        owner.wait_for(RunState.IDLE)
        assert owner.run.records == []

    def test_the_listener_may_close_the_run(self, owner: Owner) -> None:
        owner.start(request_for(LONG))
        owner.run.take_snapshot(lambda progress: owner.run.close())
        owner.wait_for(RunState.IDLE)
        assert isinstance(owner.events[-1], Ended)
        assert owner.of(Ended) == owner.events[-1:]

    def test_batches_do_not_wake_the_listener_one_by_one(self, owner: Owner) -> None:
        owner.start(request_for(50))
        deadline = time.monotonic() + PATIENCE
        while owner.run._worker.alive and time.monotonic() < deadline:
            time.sleep(0.001)
        owner.run.process()
        assert owner.steps() == 150
        assert owner.urgent <= 50 + 4, "epochs, the network, the beginning, and two for the end"


class TestDiscardAndClose:
    def test_close_while_running_keeps_trained_weights(self, owner: Owner) -> None:
        owner.start(request_for(LONG))
        owner.wait(lambda: owner.steps() > 2)
        owner.run.close()
        assert owner.run.state is RunState.IDLE
        assert owner.run.checkpoint.step == owner.steps()
        assert owner.run.records[0].outcome is Outcome.STOPPED
        assert not owner.of(RunDone)

    def test_close_while_paused(self, owner: Owner) -> None:
        owner.start(request_for(LONG), pause_after_step=True)
        owner.wait_for(RunState.PAUSED)
        owner.run.close()
        assert owner.run.state is RunState.IDLE

    def test_close_answers_pending_snapshots(self, owner: Owner) -> None:
        taken: list[TrainingState] = []
        owner.start(request_for(LONG))
        owner.run.take_snapshot(taken.append)
        owner.run.close()
        assert len(taken) == 1

    def test_discard_does_not_wait_and_reports_nothing(self, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
        slow = SlowBuild(monkeypatch)
        owner.start()
        owner.run.begin(WeightStore(), None, None)
        assert owner.run.state is RunState.IDLE
        assert owner.run.records == []
        heard, urgent = len(owner.events), owner.urgent
        slow.release.set()
        owner.run.close()
        assert owner.events[heard:] == []
        assert owner.urgent == urgent

    def test_discard_answers_pending_snapshots(self, owner: Owner) -> None:
        taken: list[TrainingState] = []
        owner.start(request_for(LONG))
        owner.wait(lambda: owner.steps() > 2)
        owner.run.take_snapshot(taken.append)
        owner.run.discard()
        assert taken[0].checkpoint.step > 2
        assert set(owner.run.weights.by_name(small(), {})) == {"conv.weight", "conv.bias", "fc.weight", "fc.bias"}

    def test_a_new_run_can_start_while_a_discarded_one_is_ending(
        self, owner: Owner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        slow = SlowBuild(monkeypatch)
        owner.start()
        owner.run.begin(WeightStore(), None, None)
        owner.start(request_for(network=Network.create(small())))
        owner.wait_for(RunState.IDLE)
        assert [record.outcome for record in owner.run.records] == [Outcome.FINISHED]
        slow.release.set()
