"""The main window: puts the canvas, panels, menus and bars together."""

from __future__ import annotations

import logging
from functools import partial

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QMainWindow, QVBoxLayout, QWidget

from cnnstudio.data import Dataset
from cnnstudio.gui.canvas.view import CanvasView
from cnnstudio.gui.commands.command import Command
from cnnstudio.gui.commands.menus import Menus
from cnnstudio.gui.look.moment_format import format_moment
from cnnstudio.gui.panels.mistakes.panel import MistakesPanel
from cnnstudio.gui.panels.palette.panel import PalettePanel
from cnnstudio.gui.state.autosave import Autosave
from cnnstudio.gui.state.evaluator import Cell
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.message_bar import MessageBar
from cnnstudio.gui.window import commands
from cnnstudio.gui.window.cost_question import agree
from cnnstudio.gui.window.data_dialogs import DataDialogs
from cnnstudio.gui.window.device_menu import DeviceMenu
from cnnstudio.gui.window.dock_layout import DockLayout
from cnnstudio.gui.window.file_drop import FileDrop
from cnnstudio.gui.window.help_dialogs import HelpDialogs
from cnnstudio.gui.window.other_run_bar import OtherRunBar
from cnnstudio.gui.window.panels import PANELS
from cnnstudio.gui.window.project_files import ProjectFiles
from cnnstudio.gui.window.recent_menu import RecentMenu
from cnnstudio.gui.window.status_bar import StatusBar
from cnnstudio.gui.window.top_bar import TopBar
from cnnstudio.plain_text import plain
from cnnstudio.project import ProjectFileError
from cnnstudio.project.autosave_folder import AutosavedCopy
from cnnstudio.runs.state import RunState
from cnnstudio.training.events import Outcome, RunDone

log = logging.getLogger(__name__)

INITIAL_SIZE = QSize(1600, 1000)  # pixels, where the screen is large enough
FRAME = QSize(16, 48)  # pixels that the window's frame may take


class MainWindow(QMainWindow):
    """The canvas with panels docked around it."""

    def __init__(self, studio: Studio, autosave: Autosave) -> None:
        super().__init__()
        self.studio, self._autosave = studio, autosave
        self.setObjectName("main_window")
        self.setAcceptDrops(True)
        self.resize(_initial_size(self))
        self.canvas = CanvasView(studio)
        self.message_bar = MessageBar(studio.theme)
        self.setCentralWidget(_stack(self.canvas, self.message_bar, OtherRunBar(studio)))
        self.files = ProjectFiles(studio, self)
        self._file_drop = FileDrop(studio, self.files, self)
        self._help = HelpDialogs(studio.session, self)
        self._docks = DockLayout(self, studio, PANELS)
        self._menus = Menus(self, self._commands())
        self._menus.insert_menu(RecentMenu(self.files, studio.settings, self), after="open")
        self._menus.menu("View/Panels").addActions(self._docks.toggle_actions())
        self.addToolBar(TopBar(studio, self._menus.commands, DeviceMenu(studio, self), self))
        self._status = StatusBar(studio, self)
        self.setStatusBar(self._status)
        self._docks.show(studio.settings)
        self._leaving = False
        studio.run.agree = partial(agree, self, studio.cost)
        self._listen()
        self._show_title()

    def offer_restore(self) -> None:
        """Offer to restore work that was not saved because of a crash, as soon as it is found."""
        self._autosave.find_leftover()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.studio.changed and not self._leaving:
            event.ignore()
            QTimer.singleShot(0, self, lambda: self.files.leave(self._leave))  # the window may be gone by then
            return
        event.accept()
        for end in (self._save_layout, self._autosave.discard, self.files.close, self.studio.close):
            try:
                end()
            except Exception:
                log.exception("an error while closing, which must not keep the window open")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._docks.fit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._file_drop.enter(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self._file_drop.drop(event)

    def _commands(self) -> list[Command]:
        """All commands; menus list them in this order."""
        studio, dialogs = self.studio, DataDialogs(self.studio, self)
        return [
            *commands.file_commands(self.files, self.close),
            *self.canvas.commands.values(),
            *commands.window_commands(studio, self._docks, self.canvas, self.menuBar()),
            *commands.weight_commands(studio, self),
            *commands.dataset_commands(dialogs),
            *commands.image_commands(studio.data, dialogs),
            *commands.train_commands(studio.run, studio.weights, studio.train_or_pause),
            *commands.export_commands(studio.session, self.files),
            *commands.help_commands(
                self._help,
                lambda: self._help.find_command(self._menus),
                lambda: self._help.list_shortcuts(self._menus.commands.values()),
            ),
        ]

    def _listen(self) -> None:
        studio = self.studio
        studio.message.connect(self.message_bar.show_message)
        studio.run.runs_replaced.connect(self.message_bar.clear_problem)
        studio.run.finished.connect(self._on_run_finished)
        studio.run.state_changed.connect(self._on_run_state_changed)
        studio.data.dataset_changed.connect(self._on_dataset_changed)
        self._docks.panel(PalettePanel).layer_chosen.connect(lambda: self.canvas.setFocus())
        studio.evaluator.cell_chosen.connect(self._on_cell_chosen)
        for changed in (
            studio.session.history.indexChanged,
            studio.session.project_changed,
            studio.session.selection_changed,
            studio.run.state_changed,
            studio.data.dataset_changed,
        ):
            changed.connect(self._on_changed)
        for changed in (studio.session.history.cleanChanged, studio.session.path_changed, studio.unsaved_changed):
            changed.connect(self._show_title)
        self.canvas.zoom.changed.connect(self._status.show_zoom)
        self._autosave.saved.connect(self._status.show_autosave)
        self._autosave.found.connect(self._on_autosave_found)

    def _on_changed(self, what: object) -> None:
        self._menus.refresh()
        self._show_title()

    def _on_run_finished(self, done: RunDone) -> None:
        if done.reason is Outcome.NOT_FINITE:
            self.message_bar.show_message("problem", done.message)

    def _on_run_state_changed(self, state: RunState) -> None:
        if state is RunState.STARTING:
            self.message_bar.clear_problem()

    def _on_dataset_changed(self, dataset: Dataset | None) -> None:
        if dataset is not None:
            self.message_bar.clear_problem()

    def _on_cell_chosen(self, cell: Cell | None) -> None:
        if cell is not None:
            self._docks.raise_panel(MistakesPanel)

    def _show_title(self, *changed: object) -> None:
        path = self.studio.session.path
        name = path.name if path else self.studio.session.project.title
        self.setWindowTitle(f"{plain(name).replace('[*]', '[*][*]')}[*] - CNN Studio")
        self.setWindowModified(self.studio.changed)

    def _leave(self) -> None:
        self._leaving = True
        self.close()

    def _save_layout(self) -> None:
        self._docks.save(self.studio.settings)

    def _on_autosave_found(self, copy: AutosavedCopy) -> None:
        text = f"CNN Studio did not close properly. Restore {plain(copy.name)} as of {format_moment(copy.time)}?"
        self.message_bar.show_message("info", text, "Restore", lambda: self.files.leave(lambda: self._restore(copy)))

    def _restore(self, copy: AutosavedCopy) -> None:
        try:
            self._autosave.restore(copy)
        except ProjectFileError as error:
            self.studio.message.emit("problem", str(error))


def _initial_size(window: QWidget) -> QSize:
    """The size at the first start, which fits the screen together with the frame."""
    return INITIAL_SIZE.boundedTo(window.screen().availableSize() - FRAME)


def _stack(canvas: QWidget, *bars: QWidget) -> QWidget:
    """The canvas with the bars over its upper edge, so that a message moves nothing."""
    container, over = QWidget(), QWidget()
    column = QVBoxLayout(over)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for bar in bars:
        column.addWidget(bar)
    grid = QGridLayout(container)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.addWidget(canvas, 0, 0)
    grid.addWidget(over, 0, 0, Qt.AlignmentFlag.AlignTop)
    return container
