"""A run that is asked to give up what it computes emits an event soon, and loses nothing."""

from __future__ import annotations

import numpy as np
import pytest

from cnnstudio.array import Array
from cnnstudio.engine.network import Network
from cnnstudio.graph import Graph
from cnnstudio.interruption import Interruption, interruptible
from cnnstudio.layers import BatchNormLayer, DropoutLayer, FlattenLayer
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.events import BatchDone, EpochDone, Outcome, RunDone, Stop, Unchanged
from cnnstudio.training.trainer import train
from tests.networks import small, xo
from tests.training.small_runs import choice, play


class Impatience(Interruption):
    """Interrupts once, when it was asked a number of times since the last event."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times, self.asked = times, 0

    def check(self) -> None:
        self.asked += 1
        if self.asked == self.times:
            self.request()
        super().check()
