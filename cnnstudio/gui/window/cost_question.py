"""The question before a run that takes hours, or more memory than there is."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from cnnstudio.gui.state.training_cost import TrainingCost
from cnnstudio.gui.widgets.question import confirm


def agree(window: QWidget, cost: TrainingCost) -> bool:
    """Whether training may start: where it is costly, the user decides."""
    warning = cost.estimate.warning() if cost.estimate is not None else ""
    return not warning or confirm(window, "Train", f"{warning}\n\nTrain all the same?", "&Train")
