"""Which device is chosen, and why others are refused."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

from cnnstudio.cli import main
from cnnstudio.engine.device_selection import DeviceError, choose_engine, devices, search_devices
from cnnstudio.engine.engine import TrainingOptions
from cnnstudio.engine.network import Network
from cnnstudio.engine.weights import Weights
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.layers.dense import DenseLayer
from cnnstudio.layers.input_output import InputLayer, OutputLayer
from cnnstudio.layers.reshape import FlattenLayer
from cnnstudio.operations.optimizer import SGD, Nudge
from cnnstudio.project import new_project
from tests.support.networks import line

LEARNING = TrainingOptions(SGD())


@pytest.fixture(scope="module")
def tiny() -> Network:
    return Network.create(new_project("xo").graph)


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine on which pyopencl is not installed."""
    monkeypatch.setitem(sys.modules, "pyopencl", None)
    search_devices.cache_clear()
    yield
    search_devices.cache_clear()


def test_numpy_is_listed_first() -> None:
    first, *others = devices()
    assert (first.name, first.refused) == ("numpy", "")
    assert others
    assert all(device.name.startswith("opencl") for device in others)


@pytest.fixture
def without_driver(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine with pyopencl and no driver."""
    monkeypatch.setattr("cnnstudio.engine.opencl.devices._listed", list)
    search_devices.cache_clear()
    yield
    search_devices.cache_clear()


@pytest.mark.usefixtures("without_driver")
def test_what_only_numpy_supports_is_reported_without_a_driver_too(tiny: Network) -> None:
    """A driver would not help, so the message does not ask for one."""
    with pytest.raises(DeviceError, match="Only NumPy"):
        choose_engine("opencl", tiny.program, tiny.weights, 16, TrainingOptions(Nudge()))
    with pytest.raises(DeviceError, match="float64"):
        choose_engine("opencl", tiny.program, Weights(tiny.program.weights, "float64"), 16, LEARNING)
    with pytest.raises(DeviceError, match="apt-get install pocl-opencl-icd"):
        choose_engine("opencl", tiny.program, tiny.weights, 16, LEARNING)


@pytest.mark.usefixtures("without")
def test_without_opencl_the_list_says_how_to_install_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("numpy")
    assert "pip install pyopencl" in lines[1]
    assert "apt-get install pocl-opencl-icd" in lines[1]


@pytest.mark.usefixtures("without")
def test_without_opencl_numpy_is_chosen(tiny: Network) -> None:
    engine, reason = choose_engine("auto", tiny.program, tiny.weights, 16, LEARNING)
    assert engine.name == "numpy"
    assert reason
    for name in ("opencl", "opencl:0"):
        with pytest.raises(DeviceError, match=r"apt-get install pocl-opencl-icd|There is no device"):
            choose_engine(name, tiny.program, tiny.weights, 16, LEARNING)


def test_other_devices_are_not_tried_for_a_tiny_network(tiny: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenCL is not even imported."""
    monkeypatch.setitem(sys.modules, "pyopencl", None)
    search_devices.cache_clear()
    engine, reason = choose_engine("auto", tiny.program, tiny.weights, 16, LEARNING)
    assert engine.name == "numpy"
    assert "ms per step" in reason
    assert not search_devices.cache_info().currsize


def test_only_numpy_supports_nudge_and_float64(tiny: Network) -> None:
    nudging = TrainingOptions(Nudge())
    engine, reason = choose_engine("auto", tiny.program, tiny.weights, 16, nudging)
    assert (engine.name, "Only NumPy" in reason) == ("numpy", True)
    with pytest.raises(DeviceError, match="Only NumPy"):
        choose_engine("opencl", tiny.program, tiny.weights, 16, nudging)
    assert choose_engine("numpy", tiny.program, tiny.weights, 16, nudging)[0].name == "numpy"
    double = Weights(tiny.program.weights, "float64")
    engine, reason = choose_engine("auto", tiny.program, double, 16, LEARNING)
    assert (engine.name, "float64" in reason) == ("numpy", True)


def test_an_unknown_device_is_refused_with_a_list_of_devices(tiny: Network) -> None:
    with pytest.raises(DeviceError, match="There is no device 'opencl:99'; there are auto, numpy"):
        choose_engine("opencl:99", tiny.program, tiny.weights, 16, LEARNING)


@pytest.mark.slow
@pytest.mark.opencl
def test_the_reason_for_a_large_network_lists_the_measured_times() -> None:
    layers = [ConvolutionLayer(filters=16), ConvolutionLayer(filters=16), FlattenLayer(), DenseLayer(units=10)]
    made = Network.create(line(InputLayer(shape=(3, 24, 24)), *layers, OutputLayer()))
    before = made.weights.trained.copy()
    engine, reason = choose_engine("auto", made.program, made.weights, 64, LEARNING)
    assert reason.count("ms") >= 2
    assert "NumPy" in reason
    assert "OpenCL" in reason
    assert engine.name == "numpy" or engine.name.startswith("opencl:")
    assert (made.weights.trained == before).all()


def test_threads_that_ask_at_the_same_time_share_one_search(monkeypatch: pytest.MonkeyPatch) -> None:
    searches: list[int] = []

    def listed() -> list[object]:
        searches.append(1)
        threading.Event().wait(0.05)
        return []

    monkeypatch.setattr("cnnstudio.engine.device_selection.listed_devices", listed)
    search_devices.cache_clear()
    threads = [threading.Thread(target=devices) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    search_devices.cache_clear()
    assert len(searches) == 1
