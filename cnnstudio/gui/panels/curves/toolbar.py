"""The legend and buttons above a plot."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from cnnstudio.gui.panels.curves.export_menu import ExportButton
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.labels import tooltip


class PlotToolbar(QWidget):
    """Shows values with the colors of their curves; `peaks`, `log`, `reset` and export buttons on the right."""

    def __init__(self, studio: Studio, metric: str, panel: QWidget) -> None:
        super().__init__(panel)
        self._studio = studio
        self._entries: list[tuple[str, str]] = []
        self._legend = _Legend()
        self._legend.setObjectName(f"{metric}_legend")
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self.peaks, self.log, self.reset = QToolButton(), QToolButton(), QToolButton()
        self.peaks.setCheckable(True)
        self.peaks.setObjectName(f"{metric}_peaks")
        self.peaks.setAccessibleName("Show peaks")
        self.peaks.setToolTip(tooltip("Show brief peaks that are above the plot."))
        self.peaks.hide()
        self.log.setText("log")
        self.log.setCheckable(True)
        self.log.setObjectName(f"{metric}_log")
        self.log.setAccessibleName("Logarithmic scale")
        self.log.setToolTip(tooltip("Use a logarithmic scale, which resolves small values better."))
        self.reset.setObjectName(f"{metric}_reset")
        self.reset.setAccessibleName("Reset zoom")
        self.reset.setToolTip(tooltip("Reset zoom to show the whole run."))
        self.reset.setEnabled(False)
        self._export = ExportButton(studio, metric, panel)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 0)
        row.setSpacing(2)
        row.addStretch(1)
        row.addWidget(self._legend)
        row.addSpacing(8)
        for button in (self.peaks, self.log, self.reset, self._export):
            row.addWidget(button)
        self.update_colors()

    def show_legend(self, entries: list[tuple[str, str]]) -> None:
        """Show (theme role, text) entries, each after a dot in the color of its role."""
        self._entries = entries
        color = self._studio.theme.color
        parts = [f"<span style='color:{color(role).name()}'>●&nbsp;{escape(text)}</span>" for role, text in entries]
        self._legend.setText("&nbsp;&nbsp; ".join(parts))
        self._legend.setAccessibleName(", ".join(text for _, text in entries))

    def show_peak(self, peak: str | None) -> None:
        """Offer to show the peaks that the plot leaves out, the highest of which is `peak`."""
        if peak is not None:
            self.peaks.setText(f"↑ {peak}")
            self.peaks.setToolTip(tooltip(f"Brief peaks up to {peak} are above the plot. Click to show them in full."))
        self.peaks.setVisible(peak is not None or self.peaks.isChecked())

    def update_colors(self) -> None:
        """Apply the theme's colors."""
        self.reset.setIcon(self._studio.theme.icon("fit", "dim"))
        self._export.setIcon(self._studio.theme.icon("more", "dim"))
        self.show_legend(self._entries)


class _Legend(QLabel):
    """Styled by class name in the style sheet."""
