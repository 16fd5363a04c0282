"""A bar chart of class probabilities or scores."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnstudio.gui.look.theme import BODY, CAPTION, Theme, font
from cnnstudio.gui.state.prediction import TOP, Prediction

MIN_ROW_HEIGHT, MAX_ROW_HEIGHT = 14, 22  # pixels
BAR_HEIGHT = 8
VALUE_WIDTH = 52  # of the number on the right


class ScoreBars(QWidget):
    """A bar for each class; the predicted class is green, or red if it is wrong, and the true class is outlined."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._prediction: Prediction | None = None
        self.setObjectName("score_bars")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def show_prediction(self, prediction: Prediction) -> None:
        """Show another prediction."""
        self._prediction = prediction
        values = (f"{prediction.class_names[index]}: {prediction.format(index)}" for index in prediction.shown())
        self.setAccessibleName("Class probabilities" if prediction.probabilities else "Class scores")
        self.setAccessibleDescription(", ".join(values))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(220, TOP * 18)

    def minimumSizeHint(self) -> QSize:
        many = self._prediction is not None and len(self._prediction.shown()) > 4
        return QSize(120, (TOP if many else 4) * MIN_ROW_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        prediction = self._prediction
        if prediction is None:
            return
        rows = prediction.shown()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = min(max(self.height() / len(rows), MIN_ROW_HEIGHT), MAX_ROW_HEIGHT)
        painter.setFont(font(CAPTION if height < 16 else BODY))
        metrics = QFontMetricsF(painter.font())
        names = max(metrics.horizontalAdvance(prediction.class_names[index]) for index in rows)
        left = min(names, self.width() * 0.35) + 10
        for number, index in enumerate(rows):
            row = QRectF(0, number * height, self.width(), height)
            self._paint_row(painter, metrics, prediction, index, row, left)

    def _paint_row(
        self, painter: QPainter, metrics: QFontMetricsF, prediction: Prediction, index: int, row: QRectF, left: float
    ) -> None:
        best = index == prediction.best
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(self._theme.color("text"))
        name = metrics.elidedText(prediction.class_names[index], Qt.TextElideMode.ElideRight, left - 10)
        painter.drawText(row.adjusted(2, 0, 0, 0), middle | Qt.AlignmentFlag.AlignLeft, name)
        width = max(row.width() - left - VALUE_WIDTH, 1)
        bar = QRectF(left, row.center().y() - BAR_HEIGHT / 2, width, BAR_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("border"))
        painter.drawRoundedRect(bar, 3, 3)
        length = bar.width() * prediction.bar_length(index)
        if length > 0.3:
            painter.setBrush(self._bar_color(prediction, index))
            painter.drawRoundedRect(QRectF(bar.x(), bar.y(), max(length, 1.5), BAR_HEIGHT), min(3.0, length / 2), 3)
        if index == prediction.label:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self._theme.color("dim"))
            painter.drawRoundedRect(bar.adjusted(-1.5, -1.5, 1.5, 1.5), 4, 4)
        painter.setPen(self._theme.color("text" if best else "dim"))
        painter.drawText(row.adjusted(0, 0, -2, 0), middle | Qt.AlignmentFlag.AlignRight, prediction.format(index))

    def _bar_color(self, prediction: Prediction, index: int) -> QColor:
        if index != prediction.best:
            return self._theme.color("accent")
        return self._theme.color(prediction.color_role)
