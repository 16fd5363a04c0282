"""The commands of the window outside the canvas, one function per menu; each takes what its commands act on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenuBar, QWidget

from cnnstudio.data.sources import SOURCES
from cnnstudio.export import FORMATS
from cnnstudio.gui.commands.command import Command
from cnnstudio.gui.state.data_source import DataSource
from cnnstudio.gui.state.live_run import LiveRun
from cnnstudio.gui.state.session import Session
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.state.weight_choice import WeightChoice
from cnnstudio.gui.widgets.question import confirm
from cnnstudio.gui.window.data_dialogs import DataDialogs
from cnnstudio.gui.window.dock_layout import DockLayout
from cnnstudio.gui.window.help_dialogs import HelpDialogs
from cnnstudio.gui.window.panels import PANELS
from cnnstudio.gui.window.project_files import ProjectFiles
from cnnstudio.project import TEMPLATES
from cnnstudio.runs.state import RunState

Key = QKeySequence.StandardKey

THEMES = (("system", "Follow system"), ("light", "Light"), ("dark", "Dark"))


def file_commands(files: ProjectFiles, quit: Callable[[], object]) -> list[Command]:
    """The File menu."""
    templates = [
        Command(
            f"new_{name}", "File/New", template.title, partial(files.new, name), f"New project from {template.title}."
        )
        for name, template in TEMPLATES.items()
    ]
    return [
        *templates,
        Command(
            "new_empty",
            "File/New",
            "Empty canvas",
            files.new_empty,
            "New project with an empty canvas and the current dataset.",
            (Key.New,),
            separated=True,
        ),
        Command("open", "File", "Open…", files.ask_open, "Open a project.", (Key.Open, "Ctrl+O")),
        Command(
            "save",
            "File",
            "Save",
            files.save,
            "Save the project with its weights.",
            (Key.Save, "Ctrl+S"),
            separated=True,
        ),
        Command(
            "save_as",
            "File",
            "Save as…",
            files.save_as,
            "Save the project under another name.",
            (Key.SaveAs, "Ctrl+Shift+S"),
        ),
        Command("quit", "File", "Quit", quit, "Quit CNN Studio.", (Key.Quit, "Ctrl+Q"), separated=True),
    ]


def window_commands(studio: Studio, docks: DockLayout, canvas: QWidget, menu_bar: QMenuBar) -> list[Command]:
    """The View menu below the canvas's commands: the keyboard focus, themes and the layout of panels."""

    def open_menu_bar() -> None:
        menu_bar.setFocus()
        menu_bar.setActiveAction(menu_bar.actions()[0])

    places = [
        Command(
            "go_to_canvas",
            "View/Go to",
            "Canvas",
            canvas.setFocus,
            "Move the keyboard focus to the canvas.",
            ("Alt+0",),
        ),
        *(
            Command(
                f"go_to_{panel.title.lower()}",
                "View/Go to",
                panel.title,
                partial(docks.go_to, panel.title),
                f"Show the {panel.title} panel and move the keyboard focus to it.",
                (panel.key,),
            )
            for panel in PANELS
        ),
        Command("go_to_menus", "View/Go to", "Menu bar", open_menu_bar, "Open the first menu.", ("F10",)),
    ]

    def choose(theme: str) -> None:
        studio.settings.theme = theme
        studio.theme.choose(theme)

    def is_chosen(theme: str) -> bool:
        return studio.theme.choice == theme

    themes = [
        Command(
            f"theme_{name}",
            "View/Theme",
            text,
            partial(choose, name),
            "Follow the system's color scheme." if name == "system" else f"Use {text.lower()} colors.",
            checked=partial(is_chosen, name),
        )
        for name, text in THEMES
    ]
    return [
        *places,
        *themes,
        Command(
            "reset_layout", "View", "Reset layout", docks.reset, "Return to the default panel layout.", separated=True
        ),
    ]


def weight_commands(studio: Studio, window: QWidget) -> list[Command]:
    """The end of the Network menu."""

    def idle() -> bool:
        return studio.run.state is RunState.IDLE

    def start_over() -> None:
        text = (
            "Start over with new weights? The runs stay in the table and among the curves, to compare them with the "
            "next one. What the network has learned is lost, unless you save the project first."
        )
        if confirm(window, "Start over", text, "&Start over"):
            studio.start_over()

    def reset() -> None:
        text = "Reinitialize all weights and delete all runs? This cannot be undone."
        if confirm(window, "Reset training", text, "&Reset"):
            studio.reinitialize()

    return [
        Command(
            "start_over",
            "Network",
            "Start over with new weights, keep runs…",
            start_over,
            "Initialize all weights again, so that the next run can be compared with the earlier ones.",
            enabled=lambda: idle() and bool(studio.run.records) and not studio.run.started_over,
            separated=True,
        ),
        Command(
            "reset_training",
            "Network",
            "Reset training…",
            reset,
            "Reinitialize all weights and delete all runs.",
            enabled=idle,
        ),
    ]


def dataset_commands(dialogs: DataDialogs) -> list[Command]:
    """The datasets of the Data menu."""
    return [
        Command(
            f"data_{source.kind}",
            "Data",
            f"{source.title}…" if source.needs_folder else source.title,
            partial(dialogs.choose_dataset, source),
            "Train on images from a folder." if source.needs_folder else "Train on generated images.",
        )
        for source in SOURCES.values()
    ]


def image_commands(data: DataSource, dialogs: DataDialogs) -> list[Command]:
    """The images of the Data menu."""

    def loaded() -> bool:
        return data.dataset is not None

    return [
        Command(
            "open_image",
            "Data",
            "Open image…",
            dialogs.open_image,
            "Use one of your image files as the probe image. You can also drop one onto the window.",
            enabled=loaded,
            separated=True,
        ),
        Command(
            "next_image",
            "Data",
            "Next image",
            data.show_next,
            "Show the next test image.",
            ("Ctrl+Right",),
            enabled=loaded,
            separated=True,
        ),
        Command(
            "previous_image",
            "Data",
            "Previous image",
            lambda: data.show_sample(data.index - 1),
            "Show the previous test image.",
            ("Ctrl+Left",),
            enabled=loaded,
        ),
    ]


def train_commands(run: LiveRun, weights: WeightChoice, train_or_pause: Callable[[], object]) -> list[Command]:
    """The Train menu; the buttons of the top bar show these commands, too."""

    def ready() -> bool:
        return run.state is RunState.PAUSED or (run.state is RunState.IDLE and not run.why_not())

    def active() -> bool:
        return run.state.in_progress or run.state is RunState.PAUSED

    return [
        Command(
            "train",
            "Train",
            "Train or pause",
            train_or_pause,
            "Start, pause or resume training.",
            ("F5", "Ctrl+Return"),
            enabled=lambda: ready() or active(),
        ),
        Command("step", "Train", "Step", run.step, "Train on one batch, then pause.", ("F6",), enabled=ready),
        Command(
            "stop", "Train", "Stop", run.stop, "Stop training and keep the weights.", ("Shift+F5",), enabled=active
        ),
        Command(
            "watchable",
            "Train",
            "Slow enough to watch",
            lambda: run.set_watchable(not run.watchable),
            "Stretch short runs to at least five seconds, so that you can watch them.",
            checked=lambda: run.watchable,
            separated=True,
        ),
        Command(
            "use_best_weights",
            "Train",
            "Use best weights",
            weights.exchange,
            "Use the weights of the epoch with the lowest validation loss instead of the last ones.",
            enabled=lambda: weights.best_epoch is not None,
            separated=True,
        ),
        Command(
            "use_last_weights",
            "Train",
            "Use last weights again",
            weights.exchange,
            "Go back from the best weights to the last ones; possible until training continues.",
            enabled=lambda: weights.last_epoch is not None,
        ),
    ]


def export_commands(session: Session, files: ProjectFiles) -> list[Command]:
    """The Export menu."""
    return [
        Command(
            f"export_{name}",
            "Export",
            f"{format.title}…",
            partial(files.ask_export, name),
            f"Export the network as {format.title}.",
            enabled=lambda: session.report.ok,
        )
        for name, format in FORMATS.items()
    ]


def help_commands(
    dialogs: HelpDialogs, find_command: Callable[[], object], list_shortcuts: Callable[[], object]
) -> list[Command]:
    """The Help menu."""
    return [
        Command(
            "find", "Help", "Find command…", find_command, "Find any command by name and run it.", ("Ctrl+Shift+P",)
        ),
        Command("shortcuts", "Help", "Keyboard shortcuts", list_shortcuts, "List all keyboard shortcuts."),
        Command(
            "help",
            "Help",
            "Layer help",
            dialogs.explain_layer,
            "Explain the selected layer, or all layers.",
            (Key.HelpContents, "F1"),
        ),
        Command("about", "Help", "About CNN Studio", dialogs.show_about, "Show version and licenses.", separated=True),
    ]
