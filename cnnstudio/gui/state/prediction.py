"""The network's prediction for one image: a score or probability for each class."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cnnstudio.array import Array

SHOW_ALL_UP_TO = 12  # classes; of more, the top ten are shown
TOP = 10


@dataclass(frozen=True)
class Prediction:
    """Values by class: probabilities after softmax or sigmoid, else scores. `label` is the true class, if known."""

    class_names: tuple[str, ...]
    values: tuple[float, ...]
    probabilities: bool
    label: int | None = None

    @classmethod
    def of(cls, class_names: tuple[str, ...], outputs: Array, *, probabilities: bool, label: int | None) -> Prediction:
        """The prediction in an output layer's array (classes,)."""
        return cls(class_names, tuple(float(value) for value in outputs), probabilities, label)

    @cached_property
    def best(self) -> int:
        """The predicted class: the one with the largest value."""
        return int(np.argmax(np.nan_to_num(self.values, nan=-np.inf)))

    @property
    def correct(self) -> bool | None:
        """Whether the predicted class is the true one; None if that is unknown."""
        return None if self.label is None else self.label == self.best

    @property
    def color_role(self) -> str:
        """The theme color of the predicted class, wherever it is shown; green only where it is known to be correct."""
        return {None: "accent", True: "good", False: "problem"}[self.correct]

    def shown(self) -> list[int]:
        """The classes to show: all in their order, or the top ten."""
        if len(self.values) <= SHOW_ALL_UP_TO:
            return list(range(len(self.values)))
        order = np.argsort(-np.nan_to_num(self.values, nan=-np.inf), kind="stable")[:TOP]
        return [int(index) for index in order]

    def format(self, index: int) -> str:
        """A class's value as text."""
        return f"{self.values[index]:.1%}" if self.probabilities else f"{self.values[index]:.2f}"

    def bar_length(self, index: int) -> float:
        """The length of a class's bar, 0 to 1; scores are scaled from the smallest to the largest."""
        value = self.values[index]
        if not np.isfinite(value):
            return 0.0
        if self.probabilities:
            return min(max(value, 0.0), 1.0)
        least, most = min(self.values), max(self.values)
        return (value - least) / (most - least) if most > least else 0.0

    def summary(self) -> str:
        """The predicted class, its value, and whether it is correct."""
        if not np.isfinite(self.values).all():
            return "The outputs are NaN or infinite: training has diverged."
        value = self.format(self.best)
        text = f"Prediction: {self.class_names[self.best]} ({value if self.probabilities else f'score {value}'})"
        if self.label is None:
            return f"{text}."
        return f"{text}, correct." if self.correct else f"{text}, wrong: it is {self.class_names[self.label]}."
