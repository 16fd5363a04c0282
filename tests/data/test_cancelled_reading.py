"""Reading a dataset that nobody wants any more ends soon, whatever its kind."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from cnnstudio.data import open_dataset
from cnnstudio.interruption import Interrupted, Interruption, check_interrupted, interruptible

SIZE = 1024  # pixels, of the MNIST images: two of them are more than is read at once


class Patience(Interruption):
    """Interrupts when it was asked a number of times, and counts how often it was asked."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times, self.asked = times, 0

    def check(self) -> None:
        self.asked += 1
        if self.asked > self.times:
            self.request()
        super().check()


@pytest.fixture(params=["digits", "shapes", "mnist", "mnist gz", "cifar10"])
def name(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A dataset of each kind that takes time."""
    kind, _, ending = request.param.partition(" ")
    if kind == "mnist":
        for part, count in (("train", 3), ("t10k", 2)):
            for what, shape in (("images-idx3", (count, SIZE, SIZE)), ("labels-idx1", (count,))):
                data = struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape) + bytes(np.prod(shape))
                path = tmp_path / f"{part}-{what}-ubyte{'.gz' if ending else ''}"
                path.write_bytes(gzip.compress(data, 1) if ending else data)
    elif kind == "cifar10":
        for file in ("data_batch_1.bin", "data_batch_2.bin", "test_batch.bin"):
            (tmp_path / file).write_bytes(bytes(3073))
    return f"{kind}:{tmp_path}" if kind in ("mnist", "cifar10") else kind


@pytest.mark.parametrize("times", [0, 1, 3])
def test_ends_where_it_was_cancelled(name: str, times: int) -> None:
    patience = Patience(times)
    with pytest.raises(Interrupted), interruptible(patience):
        open_dataset(name)
    assert patience.asked == times + 1


def test_only_work_within_the_context_is_interrupted() -> None:
    asked, not_asked = Interruption(), Interruption()
    asked.request()
    with interruptible(asked), interruptible(not_asked):
        check_interrupted()
    check_interrupted()
    with pytest.raises(Interrupted), interruptible(asked):
        check_interrupted()


def test_a_request_is_withdrawn_and_waits_for_its_grace() -> None:
    interruption = Interruption()
    interruption.request(grace=3600.0)
    interruption.check()
    interruption.request()
    with pytest.raises(Interrupted):
        interruption.check()
    interruption.withdraw()
    interruption.check()
