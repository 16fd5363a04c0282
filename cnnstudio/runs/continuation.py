"""What training will do that goes on from a checkpoint, in words."""

from __future__ import annotations

from cnnstudio.training.checkpoint import Checkpoint


def describe_continuation(checkpoint: Checkpoint, images: int, chosen: int) -> str:
    """From where training goes on, with so many images an epoch, to the end of the chosen epochs; empty at its start.

    `Continues from epoch 4: 4 more epochs.`
    """
    position = checkpoint.position(images)
    if not position.epochs and not position.seen:
        return ""
    more = checkpoint.next_goal(images, chosen) - position.begun
    epochs = f"{more} more epoch{'s' * (more != 1)}"
    if not position.seen:
        return f"Continues from epoch {position.epochs}: {epochs}."
    return f"Continues in epoch {position.begun}" + (f", then {epochs}." if more else ", the last one.")
