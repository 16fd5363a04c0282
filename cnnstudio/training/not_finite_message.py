"""What is said of a run that numbers which are not finite ended."""

from __future__ import annotations

from cnnstudio.engine.engine import IMAGE_VALUE, NonFiniteError


def not_finite_message(error: NonFiniteError, steps: int) -> str:
    """What happened after so many steps, and what helps, in a few sentences."""
    place = f"Training stopped after step {steps:,}: then, in {error.layer}, {error.tensor}"
    kept = "The weights of that step are kept."
    if error.tensor == IMAGE_VALUE:
        return f"{place} contains NaN or infinite values. {kept} Fix or remove them in the dataset."
    return f"{place} became NaN or infinite. {kept} Try a smaller learning rate, or clip the gradient."
