"""The canvas's colors and fonts, derived once from each theme."""

from __future__ import annotations

from functools import cached_property, lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPixmap

from cnnstudio.gui.look.theme import CAPTION, NODE_RADIUS, Theme, font

SHADOW = 12  # canvas units that a card's shadow extends beyond it
MEASURED_TEXTS = 4096  # whose widths a font remembers
DROP = 4  # canvas units that the shadow is shifted down


def canvas_font(size: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """A font without hinting, so that letter spacing is the same at every zoom."""
    made = font(size, weight)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


class TextMetrics:
    """Measures texts of one font and remembers their widths: most texts on a canvas are measured again and again."""

    def __init__(self, font: QFont) -> None:
        metrics = QFontMetricsF(font)
        self.height = metrics.height()
        self._metrics = metrics
        self.width = lru_cache(maxsize=MEASURED_TEXTS)(metrics.horizontalAdvance)

    def elide(self, text: str, width: float) -> str:
        """The text, with an ellipsis at the end if it is wider."""
        if self.width(text) <= width:
            return text
        return self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)


class Fonts:
    """The canvas's fonts and their metrics. Needs a QApplication."""

    def __init__(self) -> None:
        self.title = canvas_font(12, QFont.Weight.DemiBold)
        self.caption = canvas_font(CAPTION)
        self.strong = canvas_font(CAPTION, QFont.Weight.DemiBold)
        self.small = canvas_font(10)
        self.tiny = canvas_font(8)
        self.title_metrics = TextMetrics(self.title)
        self.caption_metrics = TextMetrics(self.caption)
        self.small_metrics = TextMetrics(self.small)
        self.tiny_metrics = TextMetrics(self.tiny)


class CanvasColors:
    """The colors of one theme. `fonts` are shared by all themes."""

    def __init__(self, theme: Theme, fonts: Fonts) -> None:
        self.theme, self.fonts = theme, fonts
        self.background, self.dots = theme.color("canvas"), theme.color("dots")
        self.card, self.border = theme.color("raised"), theme.color("border")
        self.text, self.dim, self.faint = theme.color("text"), theme.color("dim"), theme.color("faint")
        self.accent, self.edge = theme.color("accent"), theme.color("edge")
        self.problem, self.warning, self.good = theme.color("problem"), theme.color("warning"), theme.color("good")
        self._minimap_colors: dict[str, QColor] = {}
        self._headers: dict[str, QBrush] = {}
        self._shadows: dict[tuple[int, int], QPixmap] = {}

    def role(self, role: str) -> QColor:
        """The color of a layer category."""
        return self.theme.layer_color(role)

    def minimap_color(self, role: str) -> QColor:
        """The color of a node of this category on the minimap."""
        if role not in self._minimap_colors:
            self._minimap_colors[role] = with_alpha(self.role(role), 0.55)
        return self._minimap_colors[role]

    def severity(self, warning: bool) -> QColor:
        """The color of an error or a warning."""
        return self.warning if warning else self.problem

    def header(self, role: str, height: float) -> QBrush:
        """The background of a node's header: a vertical gradient tinted with the category's color."""
        if role not in self._headers:
            strength = (0.30, 0.16) if self.theme.dark else (0.20, 0.08)
            gradient = QLinearGradient(QPointF(0.0, 0.0), QPointF(0.0, height))
            for position, fraction in enumerate(strength):
                gradient.setColorAt(position, mix(self.card, self.role(role), fraction))
            self._headers[role] = QBrush(gradient)
        return self._headers[role]

    @cached_property
    def placeholder(self) -> QColor:
        """The background of a preview that has no values yet."""
        return mix(self.card, self.background, 0.6)

    def shadow(self, width: int, height: int) -> QPixmap:
        """A soft shadow for a card of this size, with a margin of SHADOW on every side."""
        if (width, height) not in self._shadows:
            self._shadows[width, height] = _shadow(
                width, height, self.theme.color("shadow"), 0.50 if self.theme.dark else 0.16
            )
        return self._shadows[width, height]


def mix(background: QColor, color: QColor, fraction: float) -> QColor:
    """The background blended with this fraction (0 to 1) of the color."""
    rest = 1.0 - fraction
    return QColor.fromRgbF(
        background.redF() * rest + color.redF() * fraction,
        background.greenF() * rest + color.greenF() * fraction,
        background.blueF() * rest + color.blueF() * fraction,
    )


def with_alpha(color: QColor, alpha: float) -> QColor:
    """The color with this opacity, 0 to 1."""
    made = QColor(color)
    made.setAlphaF(alpha)
    return made


def _shadow(width: int, height: int, color: QColor, strength: float) -> QPixmap:
    """Rounded rectangles stacked on one another, each smaller than the last; together they make a soft edge."""
    pixmap = QPixmap(width + 2 * SHADOW, height + 2 * SHADOW)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for step in range(SHADOW):
        painter.setBrush(with_alpha(color, strength * (step + 1) / (SHADOW * (SHADOW + 1) / 2)))
        rect = QRectF(pixmap.rect()).adjusted(step, step, -step, -step)
        radius = NODE_RADIUS + SHADOW - step
        painter.drawRoundedRect(rect, radius, radius)
    painter.end()
    return pixmap
