"""The one mutable object behind the window: the current project, its history, its file and the selection."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from cnnstudio.graph import DataSpec, Graph, GraphDiff, NodeId, Report, check, diff
from cnnstudio.graph.edit import with_fresh_ids
from cnnstudio.project import Project

MERGE_WITHIN = 1.5  # seconds between two turns of one wheel that undo takes back together


@dataclass(frozen=True)
class GraphChanged:
    """The graph after an edit, what the edit changed, and what `check` says now."""

    graph: Graph
    diff: GraphDiff
    report: Report


class Session(QObject):
    """Everything that edits the project goes through `edit`; everything that shows it listens here."""

    opened = Signal()  # another project is here, with no history
    project_changed = Signal(object)  # Project
    graph_changed = Signal(object)  # GraphChanged
    report_changed = Signal(object)  # Report: also when the data asks something else of the network
    selection_changed = Signal(object)  # tuple[NodeId, ...]
    place_changed = Signal(object)  # Path | None: where the project is saved

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project = project
        self.history = QUndoStack(self)
        self.path: Path | None = None
        self.selection: tuple[NodeId, ...] = ()
        self._fit: DataSpec | None = None
        self._spent: set[NodeId] = set(project.graph.nodes)  # ids of all nodes since the project was opened
        self.report = check(project.graph)

    @property
    def graph(self) -> Graph:
        """The current graph."""
        return self.project.graph

    def edit(self, text: str, project: Project, *, merge_key: str | None = None) -> None:
        """Make this the current project as one undoable step called `text`; steps that share a key merge."""
        if project != self.project:
            self.history.push(_Edit(self, text, project, merge_key))

    def edit_graph(
        self, text: str, graph: Graph, *, select: Iterable[NodeId] | None = None, merge_key: str | None = None
    ) -> dict[NodeId, NodeId]:
        """Make this the current graph as one undoable step, and select these nodes.

        A new node whose id was another's before gets another, for what that one has learned is not its own; returns
        which were changed to what.
        """
        graph, ids = with_fresh_ids(graph, graph.nodes.keys() - self.graph.nodes.keys(), self._spent)
        self.edit(text, self.project.with_graph(graph), merge_key=merge_key)
        if select is not None:
            self.select(ids.get(key, key) for key in select)
        return ids

    def open(self, project: Project, path: Path | None) -> None:
        """Begin with another project and no history."""
        self.history.clear()
        self._spent = set()
        self._show(project)
        self.place(path)
        self.select(())
        self.opened.emit()

    def place(self, path: Path | None) -> None:
        """Say where the project is saved now; as it is now it counts as saved."""
        self.path = path
        self.history.setClean()
        self.place_changed.emit(path)

    def select(self, ids: Iterable[NodeId]) -> None:
        """Select these nodes, and no others."""
        selection = tuple(key for key in dict.fromkeys(ids) if key in self.graph.nodes)
        if selection != self.selection:
            self.selection = selection
            self.selection_changed.emit(selection)

    def need(self, fit: DataSpec | None) -> None:
        """Say what the data asks of the network."""
        if fit != self._fit:
            self._fit = fit
            self.report = check(self.graph, fit)
            self.report_changed.emit(self.report)

    def _show(self, project: Project) -> None:
        before, self.project = self.project, project
        self._spent |= project.graph.nodes.keys()
        if project.graph is not before.graph:
            changes = diff(before.graph, project.graph)
            self.report = check(project.graph, self._fit)
            self.graph_changed.emit(GraphChanged(project.graph, changes, self.report))
            self.report_changed.emit(self.report)
        self.project_changed.emit(project)
        self.select(self.selection)


class _Edit(QUndoCommand):
    """The only command: the project before and after. Steps that share a key merge into one."""

    def __init__(self, session: Session, text: str, after: Project, merge_key: str | None) -> None:
        super().__init__(text)
        self._session, self._before, self._after, self._key = session, session.project, after, merge_key
        self._time = time.monotonic()

    def redo(self) -> None:
        self._session._show(self._after)

    def undo(self) -> None:
        self._session._show(self._before)

    def id(self) -> int:
        return -1 if self._key is None else 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Edit) or other._key != self._key or other._time - self._time > MERGE_WITHIN:
            return False
        self._after, self._time = other._after, other._time
        self.setObsolete(self._after == self._before)
        return True
