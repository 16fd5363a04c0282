"""The menu that saves the curves as an image or a table."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton, QWidget

from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.labels import tooltip
from cnnstudio.runs.curves import write_csv

PNG_SCALE = 2.0  # pixels of a PNG per pixel on the screen

FORMATS = {"png": "PNG image", "svg": "SVG drawing", "csv": "CSV table"}


class ExportButton(QToolButton):
    """Saves a screenshot of `panel` or the numbers behind its curves."""

    def __init__(self, studio: Studio, metric: str, panel: QWidget) -> None:
        super().__init__()
        self._studio, self._metric, self._panel = studio, metric, panel
        self.setObjectName(f"{metric}_export")
        self.setAccessibleName("Save curves")
        self.setToolTip(tooltip("Save the plot as an image, or all runs as a table."))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        for ending, name in FORMATS.items():
            menu.addAction(f"Save as {name}…", partial(self._ask, ending))
        self.setMenu(menu)

    def save(self, path: Path) -> None:
        """Save in the format of the path's extension, and report the outcome to the log."""
        savers = {".png": self._save_png, ".svg": self._save_svg, ".csv": self._save_csv}
        try:
            savers[path.suffix.lower()](path)
        except OSError as error:
            self._studio.message.emit("problem", f"Could not save the curves as {path}: {error.strerror}.")
        else:
            self._studio.message.emit("info", f"Saved curves as {path}.")

    def _ask(self, ending: str) -> None:
        suggestion = f"{self._studio.session.project.title} {self._metric}.{ending}"
        kind = f"{FORMATS[ending]} (*.{ending})"
        chosen, _ = QFileDialog.getSaveFileName(self.window(), "Save curves", suggestion, kind)
        if chosen:
            path = Path(chosen)
            self.save(path if path.suffix.lower() == f".{ending}" else Path(f"{chosen}.{ending}"))

    def _save_png(self, path: Path) -> None:
        image = QPixmap(self._panel.size() * PNG_SCALE)
        image.setDevicePixelRatio(PNG_SCALE)
        self._panel.render(image)
        if not image.save(str(path), "PNG"):
            raise OSError(0, "the file cannot be written")

    def _save_svg(self, path: Path) -> None:
        drawing = QSvgGenerator()
        drawing.setFileName(str(path))
        drawing.setSize(QSize(self._panel.size()))
        drawing.setViewBox(self._panel.rect())
        drawing.setTitle(f"{self._studio.session.project.title}: {self._metric}")
        painter = QPainter()
        if not painter.begin(drawing):
            raise OSError(0, "the file cannot be written")
        self._panel.render(painter, QPoint())
        painter.end()

    def _save_csv(self, path: Path) -> None:
        path.write_text(write_csv(self._studio.run.records), encoding="utf-8")
