"""The one window: canvas in the middle, panels in docks around it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QGridLayout, QMainWindow, QMessageBox, QTabWidget, QWidget

from cnnstudio import __version__
from cnnstudio.data import Dataset, DatasetName
from cnnstudio.data.sources import Source, dataset_in
from cnnstudio.gui.canvas.view import CanvasView
from cnnstudio.gui.panels.confusion.panel import ConfusionPanel
from cnnstudio.gui.panels.curves.panel import AccuracyPanel, LossPanel
from cnnstudio.gui.panels.inspector.panel import InspectorPanel
from cnnstudio.gui.panels.log.panel import LogPanel
from cnnstudio.gui.panels.mistakes.panel import MistakesPanel
from cnnstudio.gui.panels.outline.panel import OutlinePanel
from cnnstudio.gui.panels.palette.panel import PalettePanel
from cnnstudio.gui.panels.probe.panel import ProbePanel
from cnnstudio.gui.panels.problems.panel import ProblemsPanel
from cnnstudio.gui.panels.runs.panel import RunsPanel
from cnnstudio.gui.state.autosave import Autosave
from cnnstudio.gui.state.evaluator import Cell
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.dock import Dock
from cnnstudio.gui.widgets.message_bar import MessageBar
from cnnstudio.gui.window.actions import Actions
from cnnstudio.gui.window.command_finder import CommandFinder
from cnnstudio.gui.window.commands import all_commands
from cnnstudio.gui.window.device_menu import DeviceMenu
from cnnstudio.gui.window.file_dialogs import Files
from cnnstudio.gui.window.layer_help import LayerHelp
from cnnstudio.gui.window.recent_menu import RecentMenu
from cnnstudio.gui.window.status_bar import StatusBar
from cnnstudio.gui.window.top_bar import TopBar
from cnnstudio.project import ProjectFileError

Area = Qt.DockWidgetArea

FIRST_SIZE = (1600, 1000)
IMAGES = "Images (*.png *.jpg *.jpeg *.bmp *.gif *.webp *.pgm *.ppm *.tif *.tiff);;All files (*)"
BOTTOM = ("Loss", "Accuracy", "Probe", "Confusion", "Mistakes", "Runs", "Problems", "Log")


class MainWindow(QMainWindow):
    """Puts the parts of the window together; what they do is theirs."""

    def __init__(self, studio: Studio, autosave: Autosave) -> None:
        super().__init__()
        self.studio, self._autosave = studio, autosave
        self.setObjectName("main_window")
        self.setAcceptDrops(True)
        self.setDockOptions(
            QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.GroupedDragging
        )
        self.setTabPosition(Area.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.canvas = CanvasView(studio)
        self.message_bar = MessageBar(studio.theme)
        self.files = Files(studio, self)
        self.setCentralWidget(_under(self.message_bar, self.canvas))
        self._leaving = False
        self._docks = self._make_docks()
        self._actions = Actions(self, all_commands(self))
        file_menu = self._actions.menu("File")
        behind = file_menu.actions().index(self._actions.by_name["open"]) + 1
        file_menu.insertMenu(file_menu.actions()[behind], RecentMenu(self.files, studio.settings, self))
        panels = self._actions.menu("View/Panels")
        for dock in self._docks.values():
            panels.addAction(dock.toggleViewAction())
        self.addToolBar(TopBar(studio, DeviceMenu(studio, self), self))
        self._status = StatusBar(studio, self)
        self.setStatusBar(self._status)
        self.resize(*FIRST_SIZE)
        self._arrange()
        self._plain_layout = self.saveState()
        if self.studio.settings.layout is not None:
            geometry, docks = self.studio.settings.layout
            self.restoreGeometry(geometry)
            if not self._put_docks(docks):
                self._put_docks(self._plain_layout)
        self._listen()
        self._show_title()

    def toggle_watchable(self) -> None:
        """Let short runs last some seconds, or not."""
        self.studio.run.set_watchable(not self.studio.run.watchable)

    def forget(self) -> None:
        """Draw all weights anew, and forget the runs; asks before, for it cannot be undone."""
        text = "Forget what the network has learned, and all runs? This cannot be undone."
        if QMessageBox.question(self, "CNN Studio", text) is QMessageBox.StandardButton.Yes:
            self.studio.reinitialize()

    def ask_image(self) -> None:
        """Ask for an image file to look at."""
        chosen, _ = QFileDialog.getOpenFileName(self, "Look at an image", "", IMAGES)
        if chosen:
            self.studio.show_image_file(Path(chosen))

    def choose_theme(self, choice: str) -> None:
        """Use these colors, now and at the next start."""
        self.studio.settings.theme = choice
        self.studio.theme.choose(choice)

    def choose_data(self, source: Source) -> None:
        """Learn from other data, after asking for the folder where there must be one."""
        if not source.needs_folder:
            self.studio.choose_data(DatasetName(source.kind))
        elif folder := QFileDialog.getExistingDirectory(self, source.title):
            self.studio.choose_data(DatasetName(source.kind, folder))

    def find_command(self) -> None:
        """Open the command finder in the middle of the window."""
        finder = CommandFinder(self._actions, self)
        finder.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        finder.move(self.mapToGlobal(self.rect().center()) - finder.rect().center())
        finder.show()
        finder.activateWindow()

    def show_help(self) -> None:
        """Explain the selected layer, or all of them."""
        selection, graph = self.studio.session.selection, self.studio.session.graph
        kind = graph.nodes[selection[0]].layer.kind if selection else ""
        window = self.findChild(LayerHelp) or LayerHelp(self)
        window.show_layer(kind)
        window.show()
        window.raise_()
        window.activateWindow()

    def show_about(self) -> None:
        """Version and licenses."""
        QMessageBox.about(
            self,
            "About CNN Studio",
            f"<h3>CNN Studio {__version__}</h3><p>Build convolutional networks by hand, train them, watch them learn, "
            "and take them away.</p><p>MIT license. Qt is used under the LGPL; the fonts Inter and JetBrains Mono "
            "under the SIL Open Font License.</p>",
        )

    def reset_layout(self) -> None:
        """Put all panels where they were at first."""
        self._put_docks(self._plain_layout)

    def offer_restore(self) -> None:
        """Offer work that a crash left behind."""
        path = self._autosave.find_leftover()
        if path is not None:
            text = "The program ended without saving last time. Restore unsaved work?"
            self.message_bar.show_message(
                "info", text, "Restore", lambda: self.files.leave(lambda: self._restore(path))
            )

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.studio.changed and not self._leaving:
            event.ignore()
            QTimer.singleShot(0, self, lambda: self.files.leave(self._leave))  # the window can be closed by then
            return
        self.studio.settings.layout = (self.saveGeometry(), self.saveState())
        self._autosave.discard()
        self.files.close()
        self.studio.close()
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = next(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
        event.acceptProposedAction()
        # the drop must end before a question is asked
        QTimer.singleShot(0, self, lambda: self._take(path))

    def _leave(self) -> None:
        self._leaving = True
        self.close()

    def _take(self, path: Path) -> None:
        """Do what suits a dropped thing: open a project, read a data set, look at an image."""
        if path.suffix.lower() == ".cnn":
            self.files.open(path)
        elif path.is_dir():
            self.studio.choose_data(dataset_in(path))
        else:
            self.studio.show_image_file(path)

    def _make_docks(self) -> dict[str, Dock]:
        studio = self.studio
        panels: tuple[QWidget, ...] = (
            PalettePanel(studio),
            OutlinePanel(studio),
            InspectorPanel(studio),
            LossPanel(studio),
            AccuracyPanel(studio),
            ProbePanel(studio),
            ConfusionPanel(studio),
            MistakesPanel(studio),
            RunsPanel(studio),
            ProblemsPanel(studio),
            LogPanel(studio),
        )
        titles = ("Layers", "Outline", "Inspector", *BOTTOM)
        hint = "Use View > Panels to show it again."
        docks = zip(titles, panels, strict=True)
        return {title: Dock(panel, title, studio.theme, restore_hint=hint) for title, panel in docks}

    def _arrange(self) -> None:
        """The layout of the first start."""
        self.setCorner(Qt.Corner.BottomLeftCorner, Area.BottomDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Area.BottomDockWidgetArea)
        docks = self._docks
        layout = self.layout()
        assert layout is not None
        layout.setEnabled(False)  # laying out half of it would leave tab bars behind that belong to nothing
        self.addDockWidget(Area.LeftDockWidgetArea, docks["Layers"])
        self.tabifyDockWidget(docks["Layers"], docks["Outline"])
        self.addDockWidget(Area.RightDockWidgetArea, docks["Inspector"])
        self.addDockWidget(Area.BottomDockWidgetArea, docks["Loss"])
        self.splitDockWidget(docks["Loss"], docks["Accuracy"], Qt.Orientation.Horizontal)
        self.splitDockWidget(docks["Accuracy"], docks["Probe"], Qt.Orientation.Horizontal)
        for title in BOTTOM[3:]:
            self.tabifyDockWidget(docks["Probe"], docks[title])
        layout.setEnabled(True)
        docks["Layers"].raise_()
        docks["Probe"].raise_()
        width, height = self.width(), self.height()
        self.resizeDocks([docks["Layers"], docks["Inspector"]], [212, 284], Qt.Orientation.Horizontal)
        bottom = [docks["Loss"], docks["Accuracy"], docks["Probe"]]
        self.resizeDocks(bottom, [width * 35 // 100, width * 35 // 100, width * 30 // 100], Qt.Orientation.Horizontal)
        self.resizeDocks(bottom, [height * 28 // 100] * 3, Qt.Orientation.Vertical)
        self._settle()

    def _settle(self) -> None:
        for dock in self._docks.values():
            dock.update_title_bar()

    def _put_docks(self, layout: QByteArray) -> bool:
        """Arrange the docks as `saveState` found them, if that can be read.

        They are taken out before, for the tab bars of what they leave would stay otherwise.
        """
        for dock in self._docks.values():
            dock.setFloating(False)
            self.removeDockWidget(dock)
        for dock in self._docks.values():
            self.addDockWidget(Area.BottomDockWidgetArea, dock)
        restored = self.restoreState(layout)
        self._settle()
        return restored

    def _listen(self) -> None:
        studio = self.studio
        studio.message.connect(self.message_bar.show_message)
        studio.run.runs_cleared.connect(self.message_bar.clear_problem)
        studio.data.dataset_changed.connect(self._on_dataset_changed)
        studio.evaluator.cell_chosen.connect(self._on_cell_chosen)
        studio.session.history.cleanChanged.connect(self._show_title)
        studio.session.history.indexChanged.connect(self._on_something_changed)
        studio.session.place_changed.connect(self._show_title)
        studio.unsaved_changed.connect(self._show_title)
        studio.session.project_changed.connect(self._on_something_changed)
        studio.session.selection_changed.connect(self._on_something_changed)
        studio.run.state_changed.connect(self._on_something_changed)
        studio.data.dataset_changed.connect(self._on_something_changed)
        self.canvas.zoom_changed.connect(self._status.show_zoom)
        self._autosave.saved.connect(self._status.show_autosave)

    def _on_something_changed(self, what: object) -> None:
        self._actions.refresh()
        self._show_title()

    def _on_dataset_changed(self, dataset: Dataset | None) -> None:
        if dataset is not None:
            self.message_bar.clear_problem()

    def _on_cell_chosen(self, cell: Cell | None) -> None:
        if cell is not None:
            self._docks["Mistakes"].raise_()

    def _show_title(self, *changed: object) -> None:
        path = self.studio.session.path
        name = path.name if path else self.studio.session.project.title
        self.setWindowTitle(f"{name}[*] - CNN Studio")
        self.setWindowModified(self.studio.changed)

    def _restore(self, path: Path) -> None:
        try:
            self._autosave.restore(path)
        except ProjectFileError as error:
            self.studio.message.emit("problem", str(error))


def _under(message_bar: QWidget, canvas: QWidget) -> QWidget:
    """The canvas, and the message bar over its upper edge, so that nothing moves when it appears."""
    whole = QWidget()
    cell = QGridLayout(whole)
    cell.setContentsMargins(0, 0, 0, 0)
    cell.addWidget(canvas, 0, 0)
    cell.addWidget(message_bar, 0, 0, Qt.AlignmentFlag.AlignTop)
    return whole
