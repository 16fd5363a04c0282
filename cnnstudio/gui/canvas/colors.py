"""The theme's colors as they are painted on the canvas, mixed once for each theme."""

from __future__ import annotations

from functools import cached_property

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPixmap

from cnnstudio.gui.look.theme import CAPTION, NODE_RADIUS, Theme, font

SHADOW = 12  # canvas units that the shadow reaches beyond a card
DROP = 4  # and how far down it falls


def canvas_font(size: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """A font whose letters keep their distances at every zoom."""
    made = font(size, weight)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


class Fonts:
    """The canvas's fonts and their metrics; made once there is an application."""

    def __init__(self) -> None:
        self.title = canvas_font(12, QFont.Weight.DemiBold)
        self.caption = canvas_font(CAPTION)
        self.strong = canvas_font(CAPTION, QFont.Weight.DemiBold)
        self.small = canvas_font(10)
        self.tiny = canvas_font(8)
        self.title_metrics = QFontMetricsF(self.title)
        self.caption_metrics = QFontMetricsF(self.caption)
        self.small_metrics = QFontMetricsF(self.small)
        self.tiny_metrics = QFontMetricsF(self.tiny)


class Ink:
    """Colors for one state of the theme; `fonts` outlive it."""

    def __init__(self, theme: Theme, fonts: Fonts) -> None:
        self.theme, self.fonts = theme, fonts
        self.ground, self.dots = theme.color("canvas"), theme.color("dots")
        self.card, self.border = theme.color("raised"), theme.color("border")
        self.text, self.dim, self.faint = theme.color("text"), theme.color("dim"), theme.color("faint")
        self.accent, self.edge = theme.color("accent"), theme.color("edge")
        self.problem, self.warning, self.good = theme.color("problem"), theme.color("warning"), theme.color("good")
        self._marks: dict[str, QColor] = {}
        self._headers: dict[str, QBrush] = {}
        self._shadows: dict[tuple[int, int], QPixmap] = {}

    def role(self, role: str) -> QColor:
        """The color of a layer's category."""
        return self.theme.layer_color(role)

    def mark(self, role: str) -> QColor:
        """The color of a node on the small map."""
        if role not in self._marks:
            self._marks[role] = faded(self.role(role), 0.55)
        return self._marks[role]

    def severity(self, warning: bool) -> QColor:
        """The color of a problem, or of a warning."""
        return self.warning if warning else self.problem

    def header(self, role: str, height: float) -> QBrush:
        """A header's ground: the card with a tint of its category, fading downwards."""
        if role not in self._headers:
            strength = (0.30, 0.16) if self.theme.dark else (0.20, 0.08)
            gradient = QLinearGradient(QPointF(0.0, 0.0), QPointF(0.0, height))
            for place, share in enumerate(strength):
                gradient.setColorAt(place, mix(self.card, self.role(role), share))
            self._headers[role] = QBrush(gradient)
        return self._headers[role]

    @cached_property
    def placeholder(self) -> QColor:
        """The ground of an image that is not there yet."""
        return mix(self.card, self.ground, 0.6)

    def shadow(self, width: int, height: int) -> QPixmap:
        """A soft shadow for a card of this size, with a margin of SHADOW all round."""
        if (width, height) not in self._shadows:
            self._shadows[width, height] = _shadow(
                width, height, self.theme.color("shadow"), 0.50 if self.theme.dark else 0.16
            )
        return self._shadows[width, height]


def mix(ground: QColor, color: QColor, share: float) -> QColor:
    """So much of the color on the ground."""
    rest = 1.0 - share
    return QColor.fromRgbF(
        ground.redF() * rest + color.redF() * share,
        ground.greenF() * rest + color.greenF() * share,
        ground.blueF() * rest + color.blueF() * share,
    )


def faded(color: QColor, alpha: float) -> QColor:
    """The color, so far opaque."""
    made = QColor(color)
    made.setAlphaF(alpha)
    return made


def _shadow(width: int, height: int, color: QColor, strength: float) -> QPixmap:
    """Rounded rectangles on top of one another, each smaller: they add up to a soft edge."""
    pixmap = QPixmap(width + 2 * SHADOW, height + 2 * SHADOW)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for step in range(SHADOW):
        painter.setBrush(faded(color, strength * (step + 1) / (SHADOW * (SHADOW + 1) / 2)))
        rect = QRectF(pixmap.rect()).adjusted(step, step, -step, -step)
        radius = NODE_RADIUS + SHADOW - step
        painter.drawRoundedRect(rect, radius, radius)
    painter.end()
    return pixmap
