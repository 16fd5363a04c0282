"""Commands on a chosen device."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnstudio.engine.device_selection import found_devices
from cnnstudio.engine.opencl.device import OpenCLDevice
from tests.cli.conftest import Refused, Run


@pytest.fixture
def name(opencl_device: OpenCLDevice) -> str:
    """The first OpenCL device that works, as the command line names it."""
    return next(f"opencl:{index}" for index, found in enumerate(found_devices()) if not found.refused)


def test_devices_are_listed(do: Run) -> None:
    rows = {row["name"]: row for row in do("devices", "--json").json}
    assert rows["numpy"]["usable"]
    assert all(row["usable"] or row["reason"] for row in rows.values())


@pytest.mark.parametrize("device", ["opencl", "named", "auto", "numpy"])
def test_train_evaluate_and_predict(device: str, name: str, do: Run, xo_file: Path, tmp_path: Path) -> None:
    asked = name if device == "named" else device
    lines = do("train", xo_file, "--data", "xo", "--epochs", 2, "--device", asked, "--json").lines
    wanted = {"numpy": "NumPy", "auto": "NumPy"}.get(device, "OpenCL")  # so small a network is not worth a device
    assert lines[0]["device"].startswith(wanted)
    assert not [line for line in lines if line["event"] == "device"]
    evaluated = do("evaluate", xo_file, "--data", "xo", "--split", "validation", "--json").json
    assert evaluated["loss"] == pytest.approx(lines[-1]["validation_loss"], rel=1e-4)
    np.save(tmp_path / "x.npy", np.zeros((3, 1, 9, 9), np.float32))
    do("predict", xo_file, "--input", "x.npy", "--output", "y.npy")
    assert np.load(tmp_path / "y.npy").shape == (3, 2)


def test_a_run_continues_on_another_device(name: str, do: Run, xo_file: Path) -> None:
    do("new", "xo", "-o", "other.cnn")
    for device in (name, "numpy", name):
        do("train", xo_file, "--data", "xo", "--epochs", 1, "--device", device)
        do("train", "other.cnn", "--data", "xo", "--epochs", 1, "--device", "numpy")
    changing, same = (do("evaluate", file, "--data", "xo", "--json").json["loss"] for file in (xo_file, "other.cnn"))
    assert changing == pytest.approx(same, rel=1e-3)


def test_an_unknown_device_is_refused(refused: Refused, xo_file: Path) -> None:
    assert "There is no device 'opencl:99'" in refused("train", xo_file, "--data", "xo", "--device", "opencl:99")
