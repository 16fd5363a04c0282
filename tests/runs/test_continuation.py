"""What pressing Train again will do, in words; and that training does it."""

from __future__ import annotations

import pytest

from cnnstudio.runs.continuation import describe_continuation
from cnnstudio.training.checkpoint import Checkpoint


@pytest.mark.parametrize(
    ("checkpoint", "chosen", "words"),
    [
        (Checkpoint(), 4, ""),
        (Checkpoint(step=8, epoch=4), 4, "Continues from epoch 4: 4 more epochs."),
        (Checkpoint(step=8, epoch=4), 5, "Continues from epoch 4: 1 more epoch."),
        (Checkpoint(step=8, epoch=4, goal=8, goal_choice=4), 4, "Continues from epoch 4: 4 more epochs."),
        (Checkpoint(step=3, epoch=1, seen=50), 4, "Continues in epoch 2, then 2 more epochs."),
        (Checkpoint(step=7, epoch=3, seen=50), 4, "Continues in epoch 4, the last one."),
        (Checkpoint(step=9, epoch=4, seen=50), 4, "Continues in epoch 5, then 4 more epochs."),
    ],
)
def test_the_words(checkpoint: Checkpoint, chosen: int, words: str) -> None:
    assert describe_continuation(checkpoint, 100, chosen) == words
