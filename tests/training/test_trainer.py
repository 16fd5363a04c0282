"""Training from the outside: it learns, it repeats itself, it obeys, and it tidies up."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace

import numpy as np
import pytest

from cnnstudio.data import DataError, Dataset
from cnnstudio.engine.engine import TooManyWeightsError
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.layers import Layer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.normalization import InputNormalizationLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations import OPTIMIZERS
from cnnstudio.operations.optimizer import SGD, Adam, Nudge
from cnnstudio.project import new_project
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.events import (
    BatchDone,
    EpochDone,
    LearningRateChanged,
    ProbeMaps,
    RunStarted,
    SetLearningRate,
    SetProbe,
    SnapshotTaken,
    Stop,
    TakeSnapshot,
)
from cnnstudio.training.metrics import evaluate
from cnnstudio.training.schedule import Step
from cnnstudio.training.trainer import train
from tests.networks import chain_of, few, small, xo
from tests.training.small_runs import assert_same_weights, choice, curve, end_of, once, play, random_digits, with_memory


class TestLearning:
    def test_lenet_overfits_32_images(self) -> None:
        dataset = random_digits(32)
        network = Network.create(new_project("lenet5").graph)
        events = play(train(network, dataset, choice(Adam(rate=0.002), epochs=150, batch=32)))
        assert end_of(events).accuracy == 1.0
        losses = [event.loss for event in events if isinstance(event, BatchDone)]
        assert losses[0] > 2.0
        assert losses[-1] < 0.01

    @pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "nudge"])
    def test_every_optimizer_learns_x_and_o(self, name: str) -> None:
        rates = {"sgd": 0.1, "momentum": 0.02, "nesterov": 0.02, "adagrad": 0.05}
        network = Network.create(new_project("xo").graph)
        optimizer = OPTIMIZERS[name](rate=rates.get(name, 0.005))
        events = play(train(network, xo(1200), choice(optimizer, epochs=8)))
        assert (end_of(events).validation_accuracy or 0.0) > 0.93

    def test_nudging_learns_x_and_o_without_gradients(self) -> None:
        network = Network.create(new_project("xo").graph)
        events = play(train(network, xo(200), choice(Nudge(rate=0.1), epochs=6, batch=50)))
        assert (end_of(events).validation_accuracy or 0.0) > 0.9

    def test_nudging_a_large_network_is_refused(self) -> None:
        network = Network.create(new_project("lenet5").graph)
        with pytest.raises(TooManyWeightsError, match="choose another optimizer"):
            next(train(network, random_digits(), choice(Nudge())))

    def test_frozen_layers_keep_their_weights(self) -> None:
        graph = small().with_layer("conv", ConvolutionLayer(filters=3, frozen=True))
        network = Network.create(graph)
        before = network.weights.copy()
        play(train(network, xo(), choice(epochs=1)))
        np.testing.assert_array_equal(network.weights.arrays["conv.weight"], before.arrays["conv.weight"])
        assert not np.array_equal(network.weights.arrays["fc.weight"], before.arrays["fc.weight"])

    def test_input_normalization_uses_training_statistics(self) -> None:
        nodes: dict[str, Layer] = {
            "input": InputLayer(shape=(1, 28, 28)),
            "standardize": InputNormalizationLayer(),
            "flatten": FlattenLayer(),
            "fc": DenseLayer(),
            "output": OutputLayer(),
        }
        dataset = random_digits(40)
        dataset = replace(dataset, images=dataset.images * 5 + 3)
        dataset = replace(few(dataset, 30), scaling=replace(dataset.scaling, mean=(1.0,), std=(2.0,)))
        network = Network.create(chain_of(nodes))
        play(train(network, dataset, choice(epochs=1)))
        shown, _ = dataset.take(dataset.splits["train"])
        arrays = network.weights.arrays
        np.testing.assert_allclose(arrays["standardize.mean"], shown.mean(), rtol=1e-5)
        np.testing.assert_allclose(arrays["standardize.deviation"], shown.std(), rtol=1e-5)

    def test_input_normalization_after_a_layer_uses_its_output_statistics(self) -> None:
        nodes: dict[str, Layer] = {
            "input": InputLayer(shape=(1, 9, 9)),
            "conv": ConvolutionLayer(filters=2),
            "standardize": InputNormalizationLayer(),
            "flatten": FlattenLayer(),
            "fc": DenseLayer(units=2),
            "output": OutputLayer(),
        }
        network, dataset = Network.create(chain_of(nodes)), xo(100)
        images, _ = dataset.take(dataset.splits["train"])
        seen = np.moveaxis(network.activations(images)["conv"], 1, 0).reshape(2, -1)
        next(train(network, dataset, choice()))
        np.testing.assert_allclose(network.weights.arrays["standardize.mean"], seen.mean(axis=1), atol=1e-5)
        np.testing.assert_allclose(network.weights.arrays["standardize.deviation"], seen.std(axis=1), rtol=1e-4)


class TestRepeating:
    def test_the_same_seed_gives_the_same_curve_and_weights(self) -> None:
        runs = []
        for _ in range(2):
            network = Network.create(with_memory(), seed=3)
            runs.append((curve(play(train(network, xo(), choice(seed=3)))), network))
        (first, one), (second, two) = runs
        assert first == second
        assert_same_weights(one, two)

    def test_another_seed_gives_another_curve(self) -> None:
        curves = [curve(play(train(Network.create(small()), xo(), choice(seed=seed)))) for seed in (0, 1)]
        assert curves[0] != curves[1]

    def test_probing_does_not_change_the_run(self) -> None:
        image = xo().take([0])[0]
        plain, watched = Network.create(with_memory()), Network.create(with_memory())
        play(train(plain, xo(), choice()))
        play(
            train(watched, xo(), choice(), probe=image),
            lambda event: SetProbe(image) if isinstance(event, BatchDone) else None,
        )
        assert_same_weights(plain, watched)

    def test_every_epoch_sees_every_image_once_in_an_order_of_its_own(self) -> None:
        dataset, seen = xo(50), []

        class Watched(Dataset):
            def take(self, indices: object) -> tuple[np.ndarray, np.ndarray]:
                seen.append(list(indices))  # type: ignore[call-overload]
                return super().take(indices)  # type: ignore[arg-type]

        fields = {name: getattr(dataset, name) for name in dataset.__dataclass_fields__}
        watched = Watched(**{**fields, "splits": {**dataset.splits, "validation": np.arange(0)}})
        play(train(Network.create(small()), watched, choice(epochs=2)))
        first, second = (list(itertools.chain.from_iterable(seen[place : place + 4])) for place in (0, 4))
        assert sorted(first) == sorted(second) == list(range(50))
        assert first != second
        assert [len(batch) for batch in seen] == [16, 16, 16, 2] * 2


class TestTelling:
    def test_the_events_of_a_run_in_their_order(self) -> None:
        events = play(train(Network.create(small()), xo(40), choice(epochs=2, batch=16)))
        kinds = [type(event).__name__ for event in events]
        epoch = ["BatchDone"] * 3 + ["EpochDone"]
        assert kinds == ["RunStarted", *epoch, *epoch, "RunDone"]
        started = events[0]
        assert isinstance(started, RunStarted)
        assert (started.epochs, started.steps_per_epoch, started.total_steps, started.first_step) == (2, 3, 6, 0)
        steps = [(event.epoch, event.step) for event in events if isinstance(event, BatchDone)]
        assert steps == [(1, 1), (1, 2), (1, 3), (2, 4), (2, 5), (2, 6)]

    def test_an_epoch_reports_mean_training_and_validation_results(self) -> None:
        network, dataset = Network.create(small()), xo(40)
        events = play(train(network, dataset, choice(epochs=1, batch=16)))
        batches = [event for event in events if isinstance(event, BatchDone)]
        (epoch,) = [event for event in events if isinstance(event, EpochDone)]
        sizes = np.array([16, 16, 8])
        assert epoch.loss == pytest.approx(np.average([b.loss for b in batches], weights=sizes))
        assert epoch.accuracy == pytest.approx(np.average([b.accuracy or 0.0 for b in batches], weights=sizes))
        with NumpyEngine().load(network.program, network.weights) as execution:
            evaluated = evaluate(execution, dataset, "validation")
        assert (epoch.validation_loss, epoch.validation_accuracy) == (evaluated.loss, evaluated.accuracy)
        done = end_of(events)
        assert (done.loss, done.accuracy, done.validation_loss) == (epoch.loss, epoch.accuracy, epoch.validation_loss)

    def test_a_run_shorter_than_an_epoch_is_validated_at_its_end(self) -> None:
        done = end_of(play(train(Network.create(small()), xo(160), choice(), steps=3)))
        assert (done.step, done.reason) == (3, "finished")
        assert done.validation_loss is not None
        assert done.validation_accuracy is not None

    def test_a_stopped_run_does_not_wait_for_validation(self) -> None:
        done = end_of(play(train(Network.create(small()), xo(160), choice()), once(2, Stop())))
        assert (done.step, done.reason, done.validation_loss) == (2, "stopped", None)

    def test_the_results_of_an_epoch_are_not_reported_for_weights_that_were_trained_further(self) -> None:
        network, dataset = Network.create(small()), xo(40)
        events = play(train(network, dataset, choice(epochs=2, batch=16), steps=4))
        (epoch,) = [event for event in events if isinstance(event, EpochDone)]
        assert (epoch.step, end_of(events).step) == (3, 4)
        with NumpyEngine().load(network.program, network.weights) as execution:
            evaluation = evaluate(execution, dataset, "validation")
        assert end_of(events).validation_loss == evaluation.loss != epoch.validation_loss
        stopped = end_of(play(train(Network.create(small()), dataset, choice(epochs=2, batch=16)), once(4, Stop())))
        assert (stopped.step, stopped.validation_loss) == (4, None)

    def test_without_validation_images_there_is_no_validation(self) -> None:
        dataset = xo(40)
        bare = replace(dataset, splits={**dataset.splits, "validation": np.arange(0)})
        events = play(train(Network.create(small()), bare, choice(epochs=1)))
        assert end_of(events).validation_loss is None

    def test_speed_and_remaining_time_are_plausible(self) -> None:
        batches = [e for e in play(train(Network.create(small()), xo(), choice())) if isinstance(e, BatchDone)]
        assert all(batch.images_per_second > 0 for batch in batches)
        assert all(batch.seconds_left >= 0 for batch in batches)
        assert batches[-1].seconds_left == 0

    def test_the_schedule_sets_the_rate_of_each_step(self) -> None:
        events = play(train(Network.create(small()), xo(32), choice(SGD(rate=0.1), Step(every=1, decay=0.5), epochs=3)))
        rates = [event.rate for event in events if isinstance(event, BatchDone)]
        assert rates == pytest.approx([0.1, 0.1, 0.05, 0.05, 0.025, 0.025])

    def test_non_finite_numbers_end_the_run_with_advice_and_the_last_good_weights(self) -> None:
        network = Network.create(small())
        events = play(train(network, xo(), choice(SGD(rate=100.0), epochs=40)))
        done = end_of(events)
        assert done.reason == "not_finite"
        assert "smaller learning rate" in done.message
        assert all(np.isfinite(array).all() for array in network.weights.arrays.values())


class TestCommands:
    def test_a_manual_learning_rate_applies_from_the_next_step(self) -> None:
        events = play(
            train(Network.create(small()), xo(), choice(SGD(rate=0.1), epochs=1)), once(4, SetLearningRate(0.025))
        )
        rates = [event.rate for event in events if isinstance(event, BatchDone)]
        assert rates == [0.1] * 4 + [0.025] * 6
        (changed,) = [event for event in events if isinstance(event, LearningRateChanged)]
        assert (changed.step, changed.rate) == (4, 0.025)

    def test_a_schedule_multiplies_a_manual_learning_rate(self) -> None:
        schedule = Step(every=1, decay=0.5)
        run = train(Network.create(small()), xo(32), choice(SGD(rate=0.1), schedule, epochs=2))
        rates = [event.rate for event in play(run, once(1, SetLearningRate(0.2))) if isinstance(event, BatchDone)]
        assert rates == pytest.approx([0.1, 0.2, 0.1, 0.1])

    def test_stop_ends_the_run_after_the_current_step(self) -> None:
        done = end_of(play(train(Network.create(small()), xo(), choice()), once(5, Stop())))
        assert (done.step, done.epoch, done.reason) == (5, 1, "stopped")

    def test_stop_before_the_first_step(self) -> None:
        network = Network.create(small())
        before = network.weights.copy()
        events = play(train(network, xo(), choice()), lambda event: Stop() if isinstance(event, RunStarted) else None)
        assert end_of(events).step == 0
        np.testing.assert_array_equal(network.weights.trained, before.trained)

    def test_a_probe_reports_the_maps_of_every_layer(self) -> None:
        image = xo().take([7])[0]
        network = Network.create(small())
        events = play(train(network, xo(), choice(epochs=1)), once(10, SetProbe(image)))
        seen = [event for event in events if isinstance(event, ProbeMaps)]
        assert seen[0].step == 10
        for node, maps in network.activations(image).items():
            np.testing.assert_array_equal(seen[0].maps[node], maps)

    def test_a_probe_of_another_shape_is_ignored(self) -> None:
        wide = np.zeros((1, 3, 28, 28), np.float32)
        events = play(train(Network.create(small()), xo(), choice(epochs=1)), once(3, SetProbe(wide)))
        assert end_of(events).reason == "finished"
        assert not any(isinstance(event, ProbeMaps) for event in events)

    def test_a_probe_is_reported_repeatedly(self) -> None:
        image = xo().take([7])[0]
        events = play(train(Network.create(small()), xo(1200), choice(epochs=10), probe=image))
        assert sum(isinstance(event, ProbeMaps) for event in events) >= 1

    def test_training_can_continue_from_a_snapshot(self) -> None:
        network = Network.create(with_memory())
        events = play(train(network, xo(), choice()), once(7, TakeSnapshot()))
        (snapshot,) = [event for event in events if isinstance(event, SnapshotTaken)]
        assert snapshot.checkpoint.step == 7
        other = Network.create(with_memory())
        other.weights.copy_from(snapshot.weights)
        play(train(other, xo(), choice(), checkpoint=snapshot.checkpoint))
        assert_same_weights(network, other)

    def test_several_commands_in_a_row(self) -> None:
        run = train(Network.create(small()), xo(), choice())
        next(run)
        next(run)
        assert isinstance(run.send(SetLearningRate(0.5)), LearningRateChanged)
        assert isinstance(run.send(TakeSnapshot()), SnapshotTaken)
        batch = run.send(None)
        assert isinstance(batch, BatchDone)
        assert batch.rate == 0.5
        run.close()


class TestEnding:
    @pytest.mark.parametrize("events", [1, 2, 13])
    def test_closing_a_run_at_any_event_leaves_no_threads(self, events: int) -> None:
        before = threading.active_count()
        run = train(Network.create(new_project("lenet5").graph), random_digits(64), choice(batch=64, epochs=20))
        for _ in range(events):
            next(run)
        run.close()
        assert threading.active_count() == before

    def test_a_closed_run_leaves_weights_and_checkpoint_up_to_date(self) -> None:
        network, checkpoint = Network.create(small()), Checkpoint()
        run = train(network, xo(), choice(), checkpoint=checkpoint)
        for _ in range(6):
            next(run)
        run.close()
        other, whole = Network.create(small()), Checkpoint()
        play(train(other, xo(), choice(), checkpoint=whole, steps=5))
        assert checkpoint.step == whole.step == 5
        assert_same_weights(network, other)
        for name, slot in whole.slots.items():
            np.testing.assert_array_equal(checkpoint.slots[name], slot)

    def test_images_of_another_size_are_refused(self) -> None:
        with pytest.raises(DataError, match="images of 1 × 9 × 9, but Input is set to 1 × 28 × 28"):
            next(train(Network.create(new_project("lenet5").graph), xo(), choice()))

    def test_classes_of_another_number_are_refused(self) -> None:
        graph = small().with_layer("fc", DenseLayer(units=5))
        with pytest.raises(DataError, match="The data has 2 classes, but the network has 5 outputs"):
            next(train(Network.create(graph), xo(), choice()))

    def test_no_training_images_are_refused(self) -> None:
        with pytest.raises(DataError, match="no training images"):
            next(train(Network.create(small()), xo(0), choice()))

    def test_required_shape_and_classes_are_those_of_the_data(self) -> None:
        assert (xo().spec.image, xo().spec.classes) == ((1, 9, 9), 2)
