"""Light and dark colors by role, applied to Qt's palette, the style sheet and icons; fonts and sizes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from cnnstudio.resource import resource

DARK = {
    "window": "#15181d",
    "panel": "#1b1f26",
    "raised": "#232933",
    "hover": "#2b323e",
    "border": "#2e3540",
    "canvas": "#12151a",
    "dots": "#20262f",
    "text": "#e6eaf0",
    "dim": "#98a2b0",
    "faint": "#626c7a",
    "accent": "#4c8dff",
    "button": "#2f6fe4",
    "on_button": "#ffffff",
    "validation": "#f2b134",
    "input": "#2bb3a3",
    "convolution": "#4c8dff",
    "activation": "#f2b134",
    "pooling": "#5cc46b",
    "dense": "#a379ff",
    "output": "#ff6f61",
    "other": "#8b95a5",
    "problem": "#ff6f61",
    "warning": "#f2b134",
    "good": "#5cc46b",
    "edge": "#6b7585",
    "shadow": "#000000",
}

LIGHT = {
    "window": "#eceff3",
    "panel": "#f7f8fa",
    "raised": "#ffffff",
    "hover": "#eef2f8",
    "border": "#d5dae1",
    "canvas": "#eef1f5",
    "dots": "#d3d9e2",
    "text": "#1d232b",
    "dim": "#5a6573",
    "faint": "#8d97a5",
    "accent": "#2f6fe4",
    "button": "#2f6fe4",
    "on_button": "#ffffff",
    "validation": "#c98600",
    "input": "#25988b",
    "convolution": "#4178d9",
    "activation": "#ce962c",
    "pooling": "#4ea75b",
    "dense": "#8b67d9",
    "output": "#d95e52",
    "other": "#76808c",
    "problem": "#c8372d",
    "warning": "#a86a00",
    "good": "#2e8b3d",
    "edge": "#7c8797",
    "shadow": "#000000",
}

FAMILY = "Inter"
MONOSPACE = "JetBrains Mono"
BODY = 13  # pixels
CAPTION = 11
UNIT = 4  # spacing goes in steps of this
RADIUS = 6
NODE_RADIUS = 9


class Theme(QObject):
    """The current colors. `choose` takes "system", "light" or "dark"."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.choice = "system"
        self.dark = True
        self.colors: Mapping[str, str] = DARK

    def choose(self, choice: str) -> None:
        """Switch the whole application to these colors."""
        self.choice = choice
        scheme = QGuiApplication.styleHints().colorScheme()
        self.dark = choice == "dark" or (choice == "system" and scheme is not Qt.ColorScheme.Light)
        self.colors = DARK if self.dark else LIGHT
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.setPalette(_palette(self.colors))
            app.setStyleSheet(_style_sheet(self.colors))
        self.changed.emit()

    def color(self, role: str) -> QColor:
        """The color of a role, such as `accent`."""
        return QColor(self.colors[role])

    def layer_color(self, role: str) -> QColor:
        """The color of a layer's role, such as `pooling`; `other` for a role without a color."""
        return self.color(role if role in self.colors else "other")

    def icon(self, name: str, role: str = "text") -> QIcon:
        """An SVG icon in the color of a role, with a dimmed variant for disabled widgets."""
        icon = QIcon()
        for mode, color in ((QIcon.Mode.Normal, self.colors[role]), (QIcon.Mode.Disabled, self.colors["faint"])):
            for size in (16, 20, 24, 32, 48):
                icon.addPixmap(_tinted(name, color, size), mode)
        return icon

    def pixmap(self, name: str, role: str, size: int, scale: float = 1.0) -> QPixmap:
        """An SVG icon as a pixmap, `size` device-independent pixels wide on a screen with this device pixel ratio."""
        pixmap = _tinted(name, self.colors[role], round(size * scale))
        pixmap.setDevicePixelRatio(scale)
        return pixmap


def font(size: int = BODY, weight: QFont.Weight = QFont.Weight.Normal, *, monospace: bool = False) -> QFont:
    """The program's font, or its monospaced companion; `size` in pixels."""
    made = QFont(MONOSPACE if monospace else FAMILY)
    made.setPixelSize(size)
    made.setWeight(weight)
    return made


def prepare(app: QApplication) -> None:
    """Set Fusion style, fonts and window icon; call once, before the first window."""
    app.setStyle("Fusion")
    for path in sorted(resource("fonts").glob("*.[ot]tf")):
        QFontDatabase.addApplicationFont(str(path))
    app.setFont(font())
    app.setWindowIcon(QIcon(str(resource("icons", "cnnstudio.svg"))))


@lru_cache(maxsize=512)
def _tinted(name: str, color: str, size: int) -> QPixmap:
    text = resource("icons", f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", color)
    pixmap = QPixmap(QSize(size, size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(text.encode())).render(painter)
    painter.end()
    return QPixmap(pixmap)


def _palette(colors: Mapping[str, str]) -> QPalette:
    """A palette that sets every role, so that no widget falls back to the system's colors."""
    roles = QPalette.ColorRole
    table = {
        roles.Window: "panel",
        roles.WindowText: "text",
        roles.Base: "raised",
        roles.AlternateBase: "panel",
        roles.Text: "text",
        roles.PlaceholderText: "dim",
        roles.Button: "raised",
        roles.ButtonText: "text",
        roles.BrightText: "problem",
        roles.ToolTipBase: "raised",
        roles.ToolTipText: "text",
        roles.Highlight: "button",
        roles.HighlightedText: "on_button",
        roles.Accent: "accent",
        roles.Link: "accent",
        roles.LinkVisited: "accent",
        roles.Light: "hover",
        roles.Midlight: "raised",
        roles.Mid: "border",
        roles.Dark: "window",
        roles.Shadow: "window",
    }
    palette = QPalette()
    for role, name in table.items():
        palette.setColor(role, QColor(colors[name]))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colors["faint"]))
    return palette


def _style_sheet(colors: Mapping[str, str]) -> str:
    """The style sheet with each `@role` replaced by its color; longer names are replaced first."""
    text = resource("theme", "studio.qss").read_text(encoding="utf-8")
    values = {**colors, "images": resource("theme").as_posix(), "mode": "dark" if colors is DARK else "light"}
    for name in sorted(values, key=len, reverse=True):
        text = text.replace(f"@{name}", values[name])
    return text
