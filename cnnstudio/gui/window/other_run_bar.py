"""The bar above the canvas while a run trains another network than the one that is drawn, or on other data."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.outdated_frame import OutdatedBar
from cnnstudio.runs.provenance import Change
from cnnstudio.runs.record import RunRecord
from cnnstudio.runs.state import RunState


class OtherRunBar(OutdatedBar):
    """Says so as long as it is the case, and can stop the run."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        help_text = "Stop the run; what it has learned is kept for the layers that are still there."
        super().__init__("canvas", "Stop the run", help_text, studio.run.stop, parent)
        self._studio = studio
        studio.run.state_changed.connect(self._show)
        studio.identity.changed.connect(self._show)

    def _show(self, *changes: object) -> None:
        run = self._studio.run
        if run.state is RunState.IDLE:
            self.show_text("")
            return
        different = self._studio.identity.compare(run.provenance).changes
        text = ""
        if Change.NETWORK in different:
            text = f"{_who(run.records[-1], run.state)} the network as it was before your edits. {self._canvas()}"
        elif Change.DATA in different:
            text = f"{_who(run.records[-1], run.state)} with {run.records[-1].dataset}, not with the data chosen now."
        self.show_text(text, why_not="It is being stopped." if run.state is RunState.STOPPING else "")

    def _canvas(self) -> str:
        if not self._studio.session.graph.nodes:
            return "The canvas is empty."
        return "The canvas shows the edited network, with weights from when it was edited."


def _who(record: RunRecord, state: RunState) -> str:
    return f"{record.title} is paused; it trains" if state is RunState.PAUSED else f"{record.title} trains"
