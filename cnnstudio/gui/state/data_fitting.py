"""Fits the network of a new project to its data, once that is read."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from cnnstudio.graph import Graph
from cnnstudio.graph.data_fit import describe_fit, fit_to_data
from cnnstudio.gui.state.data_source import DataSource
from cnnstudio.gui.state.session import Session


class DataFitting(QObject):
    """Waits for the data of a new project; a network that was edited or replaced meanwhile stays as it is."""

    fitted = Signal(str)  # what has changed, in a sentence

    def __init__(self, session: Session, data: DataSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._graph: Graph | None = None  # as it was opened, until it is fitted
        session.opened.connect(self._forget)
        data.dataset_changed.connect(self._fit)

    def begin(self) -> None:
        """Fit the network that was just opened, as one undo step, now or when its data is read."""
        self._graph = self._session.graph
        self._fit()

    def _forget(self) -> None:
        self._graph = None

    def _fit(self, changed: object = None) -> None:
        session, graph = self._session, self._graph
        if graph is None or session.data_spec is None:
            return
        self._graph = None
        fitted = fit_to_data(graph, session.data_spec)
        if session.graph is graph and fitted is not graph:
            session.edit_graph("Match the dataset", fitted)
            session.mark_saved(session.path)  # closing need not ask: nothing of this is the user's work
            self.fitted.emit(f"Adjusted to match the dataset: {describe_fit(graph, fitted)}. Undo reverts this.")
