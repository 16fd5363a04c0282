"""The bar above the canvas while a run trains another network than the one that is drawn."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.outdated_frame import OutdatedBar
from cnnstudio.runs.state import RunState


class EditedNetworkBar(OutdatedBar):
    """Says so as long as it is the case, and can stop the run."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        help_text = "Stop the run; what it has learned is kept for the layers that are still there."
        super().__init__("canvas", "Stop the run", help_text, studio.run.stop, parent)
        self._studio = studio
        studio.run.state_changed.connect(self._show)
        studio.session.graph_changed.connect(self._show)

    def _show(self, change: object) -> None:
        run = self._studio.run
        if not run.trains_other_network:
            self.show_text("")
            return
        title = run.records[-1].title
        doing = f"{title} is paused; it trains" if run.state is RunState.PAUSED else f"{title} trains"
        shown = "The canvas shows the edited network." if self._studio.session.graph.nodes else "The canvas is empty."
        why_not = "It is being stopped." if run.state is RunState.STOPPING else ""
        self.show_text(f"{doing} the network as it was before your edits. {shown}", why_not=why_not)
