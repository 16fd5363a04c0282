"""A list of problems: an icon, the layer, the message, and buttons that fix it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionToolButton,
    QStylePainter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cnnstudio.graph import NodeId, Problem
from cnnstudio.gui.look.theme import Theme
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.session import Session
from cnnstudio.gui.widgets.elided_button import ElidedButton
from cnnstudio.gui.widgets.flow_layout import FlowLayout
from cnnstudio.gui.widgets.labels import BodyText, Caption, tooltip
from cnnstudio.gui.widgets.menu_text import menu_text

MAX_ROWS = 30
ICON = 16  # pixels


class ProblemList(QWidget):
    """Reuses its rows, so that keyboard focus survives when problems appear and disappear."""

    chosen = Signal(str)  # NodeId of a clicked problem

    def __init__(self, session: Session, theme: Theme, *, named: bool, parent: QWidget | None = None) -> None:
        """`named` rows show the layer's name."""
        super().__init__(parent)
        self._session, self._theme, self._named = session, theme, named
        self._rows: list[_ProblemRow] = []
        self._more = Caption()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)
        self._column.addWidget(self._more)
        theme.changed.connect(self._on_theme_changed)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show these problems, errors before warnings."""
        ordered = sorted(problems, key=lambda problem: problem.warning)
        shown = ordered[:MAX_ROWS]
        while len(self._rows) < len(shown):
            row = _ProblemRow(self._session, self._theme, named=self._named)
            row.clicked.connect(self.chosen)
            self._column.insertWidget(len(self._rows), row)
            self._rows.append(row)
        for row, problem in zip(self._rows, shown, strict=False):
            row.show_problem(problem)
        for index, row in enumerate(self._rows):
            row.setVisible(index < len(shown))
        left = len(ordered) - len(shown)
        self._more.setText(f"{left} more not shown.")
        self._more.setVisible(left > 0)

    def _on_theme_changed(self) -> None:
        for row in self._rows:
            row.update_icon()


class _ProblemRow(QWidget):
    """A problem, its layer and its fixes."""

    clicked = Signal(str)

    def __init__(self, session: Session, theme: Theme, *, named: bool) -> None:
        super().__init__()
        self._session, self._theme, self._named = session, theme, named
        self._problem: Problem | None = None
        self._shown_name = ""
        self._icon, self._name, self._text = QLabel(), _LayerName(), BodyText()
        self._name.setObjectName("problem_layer")
        self._name.setToolTip(tooltip("Select this layer on the canvas."))
        self._name.clicked.connect(self._on_name_clicked)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._buttons = FlowLayout(4)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(self._name, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._text)
        column.addLayout(self._buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)

    def show_problem(self, problem: Problem) -> None:
        """Show a problem. If it looks the same as before only its fixes, which belong to the current graph, change."""
        before, self._problem = self._problem, problem
        node = self._session.graph.nodes.get(problem.node or "")
        name = node.name if node else "The network"
        if before is not None and name == self._shown_name and _appearance(before) == _appearance(problem):
            return
        self._shown_name = name
        self._name.setText(menu_text(name))
        self._name.setVisible(self._named)
        self._text.setText(problem.message)
        self.setAccessibleName(f"{'Warning' if problem.warning else 'Problem'} at {name}: {problem.message}")
        self.update_icon()
        for old in self.findChildren(QPushButton):
            self._buttons.removeWidget(old)
            old.hide()
            old.deleteLater()
        for index, fix in enumerate(problem.fixes):
            button = ElidedButton(menu_text(fix.title))
            button.setObjectName(f"fix_{index}")
            button.setToolTip(tooltip(f"{fix.title}. You can undo this."))
            button.clicked.connect(partial(self._apply_fix, index))
            self._buttons.addWidget(button)

    def update_icon(self) -> None:
        """Update the icon to the theme's colors."""
        kind = "warning" if self._problem and self._problem.warning else "problem"
        self._icon.setPixmap(self._theme.pixmap(kind, kind, ICON, self.devicePixelRatioF()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._on_name_clicked()
        super().mousePressEvent(event)

    def _on_name_clicked(self) -> None:
        if self._problem is not None and self._problem.node is not None:
            self.clicked.emit(self._problem.node)

    def _apply_fix(self, index: int, checked: bool = False) -> None:
        if self._problem is not None and index < len(self._problem.fixes):
            editing.apply_fix(self._session, self._problem.fixes[index])


class _LayerName(QToolButton):
    """A flat button, styled by class name in the style sheet, with an ellipsis where its text is too long."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return QSize(1, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        missing = self.sizeHint().width() - self.width()
        if missing > 0:
            space = option.fontMetrics.horizontalAdvance(self.text()) - missing
            option.text = option.fontMetrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, space)
        QStylePainter(self).drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)


def _appearance(problem: Problem) -> tuple[NodeId | None, str, bool, tuple[str, ...]]:
    """What a row shows of a problem."""
    return problem.node, problem.message, problem.warning, tuple(fix.title for fix in problem.fixes)
