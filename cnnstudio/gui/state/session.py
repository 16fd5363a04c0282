"""The current project with its undo history, file path and selection."""

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

MERGE_WITHIN = 1.5  # seconds between two edits with the same merge key that become one undo step


@dataclass(frozen=True)
class GraphChanged:
    """The graph after an edit, what the edit changed, and the report on the new graph."""

    graph: Graph
    diff: GraphDiff
    report: Report


class Session(QObject):
    """Owns the project. Everything that edits it calls `edit`; everything that shows it listens to the signals."""

    opened = Signal()  # another project is open, with an empty undo history
    project_changed = Signal(object)  # Project
    graph_changed = Signal(object)  # GraphChanged
    report_changed = Signal(object)  # Report: the graph or what the dataset requires of it has changed
    selection_changed = Signal(object)  # tuple[NodeId, ...]
    path_changed = Signal(object)  # Path | None: the project's file

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project = project
        self.history = QUndoStack(self)
        self.path: Path | None = None
        self._announcing = False
        self.selection: tuple[NodeId, ...] = ()
        self.data_spec: DataSpec | None = None  # what the dataset requires, if it is read
        self._used_ids: set[NodeId] = set(project.graph.nodes)  # by any node since the project was opened
        self.report = self._check(project)

    @property
    def graph(self) -> Graph:
        """The current graph."""
        return self.project.graph

    def edit(self, text: str, project: Project, *, merge_key: str | None = None) -> None:
        """Make this the current project, as one undo step called `text`.

        Steps with the same `merge_key` that follow each other within `MERGE_WITHIN` become one. Ignored while another
        change is being announced: a field that commits because it is being hidden refers to what is replaced, and a
        push from within undo would corrupt the history.
        """
        if project != self.project and not self._announcing:
            self.history.push(_Edit(self, text, project, merge_key))

    def edit_graph(
        self, text: str, graph: Graph, *, select: Iterable[NodeId] | None = None, merge_key: str | None = None
    ) -> dict[NodeId, NodeId]:
        """Make this the current graph, as one undo step, and select the nodes `select`.

        New nodes whose ids were used by earlier nodes get fresh ids, so that they do not inherit those nodes'
        trained weights. Returns the replaced ids, old to new.
        """
        graph, ids = with_fresh_ids(graph, graph.nodes.keys() - self.graph.nodes.keys(), self._used_ids)
        self.edit(text, self.project.with_graph(graph), merge_key=merge_key)
        if select is not None:
            self.select(ids.get(key, key) for key in select)
        return ids

    def open(self, project: Project, path: Path | None) -> None:
        """Replace the project and clear the undo history."""
        self.history.clear()
        self._used_ids = set()
        self._set_project(project)
        self.mark_saved(path)
        self.select(())
        self.opened.emit()

    def mark_saved(self, path: Path | None) -> None:
        """Set the project's file; the project counts as unchanged from here."""
        self.path = path
        self.history.setClean()
        self.path_changed.emit(path)

    def select(self, ids: Iterable[NodeId]) -> None:
        """Select these nodes and no others; unknown ids are ignored."""
        selection = tuple(key for key in dict.fromkeys(ids) if key in self.graph.nodes)
        if selection != self.selection:
            self.selection = selection
            self.selection_changed.emit(selection)

    def set_data_spec(self, data_spec: DataSpec | None) -> None:
        """Check the graph against what this dataset requires of it; None if no dataset is read."""
        if data_spec != self.data_spec:
            self.data_spec = data_spec
            self.report = self._check(self.project)
            self.report_changed.emit(self.report)

    def _check(self, project: Project) -> Report:
        return check(project.graph, self.data_spec, project.training.settings.batch_size)

    def _set_project(self, project: Project) -> None:
        self._announcing = True
        try:
            self._announce(project)
        finally:
            self._announcing = False

    def _announce(self, project: Project) -> None:
        before, self.project = self.project, project
        self._used_ids |= project.graph.nodes.keys()
        if project.graph is not before.graph:
            changes = diff(before.graph, project.graph)
            self.report = self._check(project)
            self.graph_changed.emit(GraphChanged(project.graph, changes, self.report))
            self.report_changed.emit(self.report)
        elif project.training.settings.batch_size != before.training.settings.batch_size:
            self.report = self._check(project)
            self.report_changed.emit(self.report)
        self.project_changed.emit(project)
        self.select(self.selection)


class _Edit(QUndoCommand):
    """The only undo command: the project before and after."""

    def __init__(self, session: Session, text: str, after: Project, merge_key: str | None) -> None:
        super().__init__(text)
        self._session, self._before, self._after, self._key = session, session.project, after, merge_key
        self._time = time.monotonic()

    def redo(self) -> None:
        self._session._set_project(self._after)

    def undo(self) -> None:
        self._session._set_project(self._before)

    def id(self) -> int:
        return -1 if self._key is None else 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Edit) or other._key != self._key or other._time - self._time > MERGE_WITHIN:
            return False
        self._after, self._time = other._after, other._time
        self.setObsolete(self._after == self._before)
        return True
