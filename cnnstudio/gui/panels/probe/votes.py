"""The network's votes for an image, as bars."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnstudio.array import Array
from cnnstudio.gui.look.theme import BODY, CAPTION, Theme, font

ALL_UP_TO = 12  # classes; of more, the best ten are shown
BEST = 10
LOWEST, HIGHEST = 14, 22  # pixels of a row
BAR = 8  # pixels
VALUE = 52  # pixels for the number at the right


@dataclass(frozen=True)
class Ballot:
    """Votes by class: shares after softmax or sigmoid, else plain numbers; `true` is the image's class, if known."""

    names: tuple[str, ...]
    votes: tuple[float, ...]
    shares: bool
    true: int | None = None

    @classmethod
    def of(cls, names: tuple[str, ...], votes: Array, *, shares: bool, true: int | None) -> Ballot:
        """The ballot that an output layer's array (classes,) makes."""
        return cls(names, tuple(float(vote) for vote in votes), shares, true)

    @cached_property
    def best(self) -> int:
        """The class with the most votes."""
        return int(np.argmax(np.nan_to_num(self.votes, nan=-np.inf)))

    @property
    def right(self) -> bool | None:
        """Whether that is the image's class; None where it is not known."""
        return None if self.true is None else self.true == self.best

    def shown(self) -> list[int]:
        """The classes that have a bar: all in their order, or the best ten."""
        if len(self.votes) <= ALL_UP_TO:
            return list(range(len(self.votes)))
        best = np.argsort(-np.nan_to_num(self.votes, nan=-np.inf), kind="stable")[:BEST]
        return [int(index) for index in best]

    def write(self, index: int) -> str:
        """A vote as a number."""
        return f"{self.votes[index]:.1%}" if self.shares else f"{self.votes[index]:.2f}"

    def length(self, index: int) -> float:
        """How long a bar is, 0 to 1; plain numbers reach from the least to the greatest vote."""
        vote = self.votes[index]
        if not np.isfinite(vote):
            return 0.0
        if self.shares:
            return min(max(vote, 0.0), 1.0)
        least, most = min(self.votes), max(self.votes)
        return (vote - least) / (most - least) if most > least else 0.0

    def verdict(self) -> str:
        """What the network says, and whether that is right."""
        if not np.isfinite(self.votes).all():
            return "The votes are no numbers: the weights have grown beyond all bounds."
        vote = self.write(self.best)
        said = f"It says {self.names[self.best]}, with {vote if self.shares else f'a vote of {vote}'}"
        if self.true is None:
            return f"{said}."
        return f"{said}: right." if self.right else f"{said}: wrong, it is {self.names[self.true]}."


class Votes(QWidget):
    """A bar for each class; the best one in green, in red where it is wrong."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ballot: Ballot | None = None
        self.setObjectName("votes")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def show_ballot(self, ballot: Ballot) -> None:
        """Show other votes."""
        self._ballot = ballot
        told = ", ".join(f"{ballot.names[index]}: {ballot.write(index)}" for index in ballot.shown())
        self.setAccessibleName("Votes for this image")
        self.setAccessibleDescription(told)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(220, BEST * 18)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, BEST * LOWEST if self._ballot and len(self._ballot.shown()) > 4 else 4 * LOWEST)

    def paintEvent(self, event: QPaintEvent) -> None:
        ballot = self._ballot
        if ballot is None:
            return
        rows = ballot.shown()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        high = min(max(self.height() / len(rows), LOWEST), HIGHEST)
        painter.setFont(font(CAPTION if high < 16 else BODY))
        metrics = QFontMetricsF(painter.font())
        left = min(max(metrics.horizontalAdvance(ballot.names[index]) for index in rows), self.width() * 0.35) + 10
        for number, index in enumerate(rows):
            row = QRectF(0, number * high, self.width(), high)
            self._paint_row(painter, metrics, ballot, index, row, left)

    def _paint_row(
        self, painter: QPainter, metrics: QFontMetricsF, ballot: Ballot, index: int, row: QRectF, left: float
    ) -> None:
        best = index == ballot.best
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(self._theme.color("text"))
        name = metrics.elidedText(ballot.names[index], Qt.TextElideMode.ElideRight, left - 10)
        painter.drawText(row.adjusted(2, 0, 0, 0), middle | Qt.AlignmentFlag.AlignLeft, name)
        bar = QRectF(left, row.center().y() - BAR / 2, max(row.width() - left - VALUE, 1), BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("border"))
        painter.drawRoundedRect(bar, 3, 3)
        length = bar.width() * ballot.length(index)
        if length > 0.3:
            painter.setBrush(self._color(ballot, index))
            painter.drawRoundedRect(QRectF(bar.x(), bar.y(), max(length, 1.5), BAR), min(3.0, length / 2), 3)
        if index == ballot.true:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self._theme.color("dim"))
            painter.drawRoundedRect(bar.adjusted(-1.5, -1.5, 1.5, 1.5), 4, 4)
        painter.setPen(self._theme.color("text" if best else "dim"))
        painter.drawText(row.adjusted(0, 0, -2, 0), middle | Qt.AlignmentFlag.AlignRight, ballot.write(index))

    def _color(self, ballot: Ballot, index: int) -> QColor:
        if index != ballot.best:
            return self._theme.color("accent")
        return self._theme.color("problem" if ballot.right is False else "good")
