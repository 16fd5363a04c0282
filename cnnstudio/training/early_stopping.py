"""Early stopping: a run ends when its validation results no longer improve."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cnnstudio.training.metrics import Evaluation
from cnnstudio.training.settings import Settings


@dataclass
class EarlyStopping:
    """Counts epochs without improvement of the metric that the settings name; `epoch` is that of the best value."""

    metric: str = ""
    best: float = math.inf  # the loss, or the accuracy with a minus sign: less is better
    waited: int = 0
    epoch: int = 0

    def update(self, settings: Settings, validation: Evaluation, epoch: int) -> str:
        """Count an epoch; returns why the run is to end, in one sentence, or nothing."""
        metric = settings.stop_early
        value = validation.loss if metric == "loss" else validation.accuracy
        if metric == "off" or value is None:
            return ""
        if metric != self.metric:
            self.metric, self.best, self.waited = metric, math.inf, 0
        value = value if metric == "loss" else -value
        if value < self.best:
            self.best, self.waited, self.epoch = value, 0, epoch
            return ""
        self.waited += 1
        if self.waited < settings.patience:
            return ""
        self.waited = 0
        epochs = "1 epoch" if settings.patience == 1 else f"{settings.patience} epochs"
        return f"The validation {metric} has not improved for {epochs}; it was best after epoch {self.epoch}."
