"""What all tests share: the datasets, an OpenCL device, and a guard against threads that a test leaves behind."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnstudio.engine.opencl.device import OpenCLDevice

pytest_plugins = ["tests.skips"]

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

CHECKOUT = Path(__file__).resolve().parents[1]
GRACE = 2.0  # seconds that a thread may still take after it was asked to end


@pytest.fixture(scope="session")
def datasets() -> Path:
    """The folder of real datasets: CNNSTUDIO_DATASETS, or shared/datasets near the checkout."""
    named = os.environ.get("CNNSTUDIO_DATASETS")
    near = [folder / "shared" / "datasets" for folder in CHECKOUT.parents[:2]]
    for folder in [Path(named)] if named else near:
        if folder.is_dir():
            return folder
    pytest.skip(f"no datasets: set CNNSTUDIO_DATASETS, or put them at {near[0]}")


@pytest.fixture(scope="session")
def mnist(datasets: Path) -> Path:
    """The folder of MNIST's IDX files."""
    return datasets / "mnist"


@pytest.fixture(scope="session")
def opencl_device() -> OpenCLDevice:
    """The first OpenCL device that passes its self-test; tests that use it are marked `opencl`."""
    from cnnstudio.engine.device_selection import found_devices

    return next(found.device for found in found_devices() if not found.refused)


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    """Fail a test that leaves threads running which were not there before it."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + GRACE
    while leaked := _threads_of_ours() - before:
        if time.monotonic() > deadline:
            pytest.fail(f"threads left running: {', '.join(sorted(thread.name for thread in leaked))}")
        time.sleep(0.01)


def _threads_of_ours() -> set[threading.Thread]:
    """Running threads, but for tqdm's monitor, which lives as long as the process, and what stands for Qt's threads.

    Python never learns that a thread of Qt's has ended; the window's own tests ask Qt.
    """
    return {t for t in threading.enumerate() if type(t).__name__ not in ("TMonitor", "_DummyThread")}
