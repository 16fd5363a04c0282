"""A table model of the network: one row per layer in topological order, described in words for screen readers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap

from cnnstudio.graph import Graph, NodeId, Problem, Report
from cnnstudio.gui.look.number_format import format_count, format_short_shape
from cnnstudio.gui.look.theme import CAPTION, Theme, font
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.session import GraphChanged, Session
from cnnstudio.gui.widgets.labels import tooltip
from cnnstudio.layers import format_shape

NAME, SHAPE, PARAMETERS = range(3)
HEADERS = ("Layer", "Shape", "Params")
CHIP = 9  # pixels
MAX_SINGLE_UPDATES = 20  # beyond this many rows, one update for the whole range is faster

CELL_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
NAME_FLAGS = CELL_FLAGS | Qt.ItemFlag.ItemIsEditable

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


class LayerModel(QAbstractTableModel):
    """Holds only node ids; names, shapes and problems are read from the session."""

    def __init__(self, session: Session, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self._ids: list[NodeId] = []
        self._rows: dict[NodeId, int] = {}
        self._report = session.report
        self._problems = _by_node(session.report)
        self._icons: dict[str, QIcon] = {}
        self._update_rows(session.graph)
        session.graph_changed.connect(self._on_graph_changed)
        session.report_changed.connect(self._on_report_changed)
        theme.changed.connect(self._on_theme_changed)

    def id_at(self, index: Index) -> NodeId:
        """The node of a row."""
        return self._ids[index.row()]

    def index_of(self, node_id: NodeId) -> QModelIndex:
        """The row of a node."""
        row = self._rows.get(node_id)
        return QModelIndex() if row is None else self.index(row, NAME)

    def spans_of(self, ids: Iterable[NodeId]) -> Iterator[tuple[QModelIndex, QModelIndex]]:
        """The rows of these nodes as spans of neighbors, each from its first cell to its last."""
        rows = sorted(self._rows[node_id] for node_id in ids if node_id in self._rows)
        for _, span in groupby(enumerate(rows), key=lambda item: item[1] - item[0]):
            neighbors = [row for _, row in span]
            yield self.index(neighbors[0], NAME), self.index(neighbors[-1], PARAMETERS)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt declares it
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt declares it
        return 0 if parent.isValid() else len(HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Role.DisplayRole:
            return HEADERS[section]
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return NAME_FLAGS if index.column() == NAME else CELL_FLAGS

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        node_id = self.id_at(index)
        if node_id not in self._session.graph.nodes:  # views read rows while they are removed one by one
            return None
        if role in (Role.DisplayRole, Role.EditRole):
            return self._text(node_id, index.column())
        if role == Role.DecorationRole and index.column() == NAME:
            return self._icon(node_id)
        if role == Role.ForegroundRole:
            problem = self._problems.get(node_id)
            kind = "text" if index.column() == NAME else "dim"
            return self._theme.color("problem" if problem and not problem[0].warning else kind)
        if role == Role.FontRole and index.column() != NAME:
            return font(CAPTION)
        if role == Role.TextAlignmentRole and index.column() == PARAMETERS:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Role.ToolTipRole:
            return tooltip(self.describe(node_id))
        if role == Role.AccessibleDescriptionRole:
            return self.describe(node_id)
        return None

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        if role != Role.EditRole or index.column() != NAME:
            return False
        editing.rename(self._session, self.id_at(index), str(value))
        return True

    def describe(self, node_id: NodeId) -> str:
        """Everything the canvas shows of a node, as text."""
        graph, report = self._session.graph, self._report
        node, block = graph.nodes[node_id], report.blocks.get(node_id)
        parts = [f"{node.layer.title} {node.layer.summary()}".strip()]
        if block is not None:
            parts.append(f"outputs {format_shape(block.output_shape)}, {block.parameters:,} parameters")
        for preposition, ends in (
            ("from", [edge.source for edge in graph.inputs(node_id)]),
            ("to", [edge.target for edge in graph.outputs(node_id)]),
        ):
            if ends:
                parts.append(f"{preposition} {', '.join(graph.nodes[end].name for end in ends)}")
        sentences = [f"{'; '.join(parts)}."]
        for problem in self._problems.get(node_id, ()):
            sentences.append(f"{'Warning' if problem.warning else 'Problem'}: {problem.message}")
        return " ".join(sentences)

    def _text(self, node_id: NodeId, column: int) -> str:
        if column == NAME:
            return self._session.graph.nodes[node_id].name
        block = self._report.blocks.get(node_id)
        if block is None:
            return "?" if column == SHAPE else ""
        if column == SHAPE:
            return format_short_shape(block.output_shape)
        return format_count(block.parameters) if block.parameters else ""

    def _icon(self, node_id: NodeId) -> QIcon:
        problems = self._problems.get(node_id)
        if problems:
            kind = "warning" if all(problem.warning for problem in problems) else "problem"
        else:
            kind = self._session.graph.nodes[node_id].layer.role
        if kind not in self._icons:
            self._icons[kind] = self._theme.icon(kind, kind) if problems else self._chip(kind)
        return self._icons[kind]

    def _chip(self, role: str) -> QIcon:
        image = QPixmap(32, 32)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.layer_color(role))
        painter.drawRoundedRect(16 - CHIP, 16 - CHIP, 2 * CHIP, 2 * CHIP, 4, 4)
        painter.end()
        return QIcon(image)

    def _update_rows(self, graph: Graph) -> None:
        """Remove and insert rows, then sort them; unlike a model reset this keeps open editors."""
        wanted = list(graph.order() or graph.nodes)
        kept = [node_id for node_id in self._ids if node_id in graph.nodes]
        gone = [node_id for node_id in self._ids if node_id not in graph.nodes]
        if gone:
            first, end = self._rows[gone[0]], self._rows[gone[-1]] + 1
            if end - first > len(gone):  # one removal costs less than many, so they go to the end first
                self._reorder(kept + gone)
                first, end = len(kept), len(self._ids)
            self.beginRemoveRows(QModelIndex(), first, end - 1)
            self._set_ids(kept)
            self.endRemoveRows()
        new = [node_id for node_id in wanted if node_id not in self._rows]
        if new:
            self.beginInsertRows(QModelIndex(), len(kept), len(kept) + len(new) - 1)
            self._set_ids(kept + new)
            self.endInsertRows()
        if wanted != self._ids:
            self._reorder(wanted)

    def _reorder(self, wanted: list[NodeId]) -> None:
        self.layoutAboutToBeChanged.emit()
        before, ids = self.persistentIndexList(), self._ids
        self._set_ids(wanted)
        after = [self.index(self._rows[ids[index.row()]], index.column()) for index in before]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _set_ids(self, ids: list[NodeId]) -> None:
        self._ids, self._rows = ids, {node_id: row for row, node_id in enumerate(ids)}

    def _refresh(self, ids: Iterable[NodeId]) -> None:
        rows = sorted(self._rows[node_id] for node_id in ids if node_id in self._rows)
        if len(rows) > MAX_SINGLE_UPDATES:
            self.dataChanged.emit(self.index(rows[0], NAME), self.index(rows[-1], PARAMETERS))
            return
        for cell in (self.index(row, column) for row in rows for column in range(len(HEADERS))):
            self.dataChanged.emit(cell, cell)  # a range would repaint the whole view

    def _on_graph_changed(self, change: GraphChanged) -> None:
        self._update_rows(change.graph)
        self._refresh(change.diff.changed)

    def _on_report_changed(self, report: Report) -> None:
        before, problems_before = self._report, self._problems
        self._report, self._problems = report, _by_node(report)
        self._refresh(
            node_id
            for node_id in self._ids
            if report.blocks.get(node_id) is not before.blocks.get(node_id)
            or _messages(self._problems.get(node_id)) != _messages(problems_before.get(node_id))
        )

    def _on_theme_changed(self) -> None:
        self._icons.clear()
        self._refresh(self._ids)


def _by_node(report: Report) -> dict[NodeId, list[Problem]]:
    found: dict[NodeId, list[Problem]] = {}
    for problem in report.problems:
        if problem.node is not None:
            found.setdefault(problem.node, []).append(problem)
    return found


def _messages(problems: list[Problem] | None) -> list[tuple[str, bool]]:
    """What to compare problems by; comparing their fixes, which hold whole graphs, would be slow."""
    return [(problem.message, problem.warning) for problem in problems or ()]
