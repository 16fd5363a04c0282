"""A device that fails during a run: the run continues on NumPy from the last good step, and reports it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cnnstudio.engine.device_selection import reference_engine
from cnnstudio.engine.engine import DeviceLostError, TrainingOptions
from cnnstudio.engine.memory import NotEnoughMemoryError
from cnnstudio.engine.network import Network
from cnnstudio.engine.opencl.device import OpenCLDevice
from cnnstudio.engine.opencl.execution import OpenCLEngine
from cnnstudio.engine.self_test import self_test
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations.optimizer import SGD, Adam
from cnnstudio.training.events import BatchDone, DeviceChanged, ProbeMaps, RunDone, RunStarted, SetProbe
from cnnstudio.training.loop import BACKUP_INTERVAL
from cnnstudio.training.trainer import train
from tests.networks import xo
from tests.support.networks import batch, line, network
from tests.training.small_runs import choice, end_of, with_memory

cl = pytest.importorskip("pyopencl", reason="pyopencl is not installed")

DATA = xo(320)
ADAM = choice(Adam(rate=0.01), epochs=6)  # of 20 steps
Break = Callable[[str, int, Exception], None]


@pytest.fixture
def break_at(monkeypatch: pytest.MonkeyPatch) -> Break:
    """Makes a pyopencl function fail from its n-th call on."""

    def break_at(name: str, count: int, error: Exception) -> None:
        real, calls = getattr(cl, name), [0]

        def failing(*arguments: Any, **more: Any) -> Any:
            calls[0] += 1
            if calls[0] >= count:
                raise error
            return real(*arguments, **more)

        monkeypatch.setattr(cl, name, failing)

    return break_at


def _events(engine: OpenCLEngine, made: Network) -> list[Any]:
    return list(train(made, DATA, ADAM, engine=engine))


@pytest.mark.parametrize(
    ("name", "count", "error"),
    [
        ("Buffer", 1, cl.MemoryError("no room")),
        ("Buffer", 2, cl.MemoryError("no room")),
        ("Program", 1, cl.RuntimeError("the compiler crashed")),
        ("enqueue_nd_range_kernel", 1, cl.RuntimeError("out of resources")),
        ("enqueue_nd_range_kernel", 300, cl.LogicError("invalid context")),
        ("enqueue_copy", 15, cl.RuntimeError("the cable fell out")),
    ],
)
def test_the_run_continues_on_numpy(
    name: str, count: int, error: Exception, engine: OpenCLEngine, break_at: Break
) -> None:
    made = Network.create(with_memory())
    break_at(name, count, error)
    events = _events(engine, made)
    (changed,) = [event for event in events if isinstance(event, DeviceChanged)]
    assert str(error) in changed.reason
    assert changed.device.startswith("NumPy")
    done = end_of(events)
    assert isinstance(done, RunDone)
    assert (done.reason, done.step) == ("finished", 120)
    assert np.isfinite(made.weights.trained).all()


def test_it_continues_from_the_last_good_step(engine: OpenCLEngine, break_at: Break) -> None:
    made = Network.create(with_memory())
    run = train(made, DATA, ADAM, engine=engine)
    steps = []
    for event in run:
        if isinstance(event, BatchDone):
            steps.append(event.step)
            if event.step == BACKUP_INTERVAL + 10:
                break_at("enqueue_nd_range_kernel", 1, cl.RuntimeError("gone"))
        if isinstance(event, DeviceChanged):
            assert event.step == BACKUP_INTERVAL
    assert steps == [*range(1, BACKUP_INTERVAL + 11), *range(BACKUP_INTERVAL + 1, 121)]


def test_an_undisturbed_run_stays_on_the_device(engine: OpenCLEngine) -> None:
    """It also reports the feature maps of a probe image."""
    made = Network.create(with_memory())
    run = train(made, DATA, ADAM, engine=engine)
    events: list[Any] = [run.send(None)]
    events.append(run.send(SetProbe(DATA.take(DATA.splits["train"][:1])[0])))
    events += list(run)
    assert isinstance(events[0], RunStarted)
    assert events[0].device == engine.device
    assert not any(isinstance(event, DeviceChanged) for event in events)
    seen = [event for event in events if isinstance(event, ProbeMaps)]
    assert set(seen[-1].maps) == set(made.program.nodes)
    assert (end_of(events).accuracy or 0.0) > 0.8


def test_a_failing_call_raises_device_lost(engine: OpenCLEngine, break_at: Break) -> None:
    made = network(
        line(InputLayer(shape=(1, 2, 2)), FlattenLayer(), DenseLayer(units=2), OutputLayer()), dtype="float32"
    )
    with engine.load(made.program, made.weights, TrainingOptions(SGD())) as execution:
        execution.step(*batch(made, 4), 0.1, 0)
        break_at("enqueue_copy", 1, cl.RuntimeError("gone"))
        with pytest.raises(DeviceLostError, match="gone"):
            execution.pull()


def self_test_of(device: OpenCLDevice) -> str:
    """The outcome of the self-test in a fresh context of the device."""
    return self_test(OpenCLEngine(OpenCLDevice(device.device), reference_engine()), reference_engine())


def test_a_device_that_computes_wrongly_is_refused(device: OpenCLDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here one that computes nothing at all."""
    assert self_test_of(device) == ""
    monkeypatch.setattr(cl, "enqueue_nd_range_kernel", lambda *arguments: None)
    assert self_test_of(device).startswith("it computes wrong results: its self-test differs from NumPy by")


def test_a_device_that_cannot_compile_is_refused(device: OpenCLDevice, break_at: Break) -> None:
    break_at("Program", 1, cl.RuntimeError("no target for this processor"))
    assert "no target for this processor" in self_test(
        OpenCLEngine(OpenCLDevice(device.device), reference_engine()), reference_engine()
    )


class Small:
    """A device with little memory."""

    def __init__(self, device: Any, **limits: int) -> None:
        self._device = device
        self.__dict__.update(limits)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._device, name)


@pytest.mark.parametrize("limit", ["max_mem_alloc_size", "global_mem_size"])
def test_a_batch_that_does_not_fit_is_refused_with_both_numbers(limit: str, device: OpenCLDevice) -> None:
    small = OpenCLDevice(Small(device.device, **{limit: 10**8}))
    small.context = device.context
    graph = line(
        InputLayer(shape=(1, 64, 64)), ConvolutionLayer(filters=32), FlattenLayer(), DenseLayer(units=2), OutputLayer()
    )
    made = network(graph, dtype="float32")
    x, labels = batch(made, 512)
    with OpenCLEngine(small, reference_engine()).load(made.program, made.weights, TrainingOptions(SGD())) as execution:
        with pytest.raises(NotEnoughMemoryError, match=r"A batch of 512 needs 0\.[3-9] GB .* 0\.1 GB.* smaller batch"):
            execution.step(x, labels, 0.1, 0)
        assert np.isfinite(execution.step(x[:16], labels[:16], 0.1, 0).loss)


def test_the_memory_forecast_is_what_is_allocated(engine: OpenCLEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    real, allocated = cl.Buffer, []

    def counting(context: Any, flags: int, size: int) -> Any:
        allocated.append(size)
        return real(context, flags, size)

    monkeypatch.setattr(cl, "Buffer", counting)
    made = Network.create(with_memory())
    forecast = engine.memory_needed(made.program, made.weights, 64, TrainingOptions(Adam()))
    with engine.load(made.program, made.weights, TrainingOptions(Adam())) as execution:
        execution.step(*batch(made, 64), 0.1, 0)
    assert 0.8 * forecast <= sum(allocated) <= 1.05 * forecast
