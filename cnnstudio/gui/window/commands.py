"""The table of commands: what each menu holds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from cnnstudio.data.sources import SOURCES
from cnnstudio.export import FORMATS
from cnnstudio.gui.state import clipboard, editing
from cnnstudio.gui.window.actions import Command
from cnnstudio.project import TEMPLATES
from cnnstudio.runs.state import RunState

if TYPE_CHECKING:
    from cnnstudio.gui.window.main_window import MainWindow

Key = QKeySequence.StandardKey

FIT = "Show the whole network. Keys on the canvas: Home; F too while nothing is selected."


def all_commands(window: MainWindow) -> list[Command]:
    """Every command of the window, in the order of the menus."""
    return [
        *_file(window),
        *_edit(window),
        *_view(window),
        *_network(window),
        *_data(window),
        *_train(window),
        *_export(window),
        *_help(window),
    ]


def _file(window: MainWindow) -> list[Command]:
    files = window.files
    templates = [
        Command(f"new_{name}", "File/New", template.title, partial(files.new, name), f"Begin with {template.title}.")
        for name, template in TEMPLATES.items()
    ]
    return [
        *templates,
        Command(
            "new_empty", "File/New", "Empty canvas", files.new_empty, "Begin with nothing.", (Key.New,), separated=True
        ),
        Command("open", "File", "Open…", files.ask_open, "Open a project file.", (Key.Open, "Ctrl+O")),
        Command("save", "File", "Save", files.save, "Save project and weights.", (Key.Save, "Ctrl+S"), separated=True),
        Command("save_as", "File", "Save as…", files.save_as, "Save under another name.", (Key.SaveAs, "Ctrl+Shift+S")),
        Command("quit", "File", "Quit", window.close, "Close the program.", (Key.Quit, "Ctrl+Q"), separated=True),
    ]


def _edit(window: MainWindow) -> list[Command]:
    session = window.studio.session
    history = session.history

    def chosen() -> bool:
        return bool(session.selection)

    def on_session(edit: Callable[..., None]) -> Callable[[], None]:
        return partial(edit, session)

    return [
        Command(
            "undo", "Edit", "Undo", history.undo, "Take back the last edit.", (Key.Undo, "Ctrl+Z"), history.canUndo
        ),
        Command(
            "redo",
            "Edit",
            "Redo",
            history.redo,
            "Do again what was taken back.",
            (Key.Redo, "Ctrl+Shift+Z", "Ctrl+Y"),
            history.canRedo,
        ),
        Command(
            "cut",
            "Edit",
            "Cut",
            on_session(clipboard.cut_selection),
            "Copy the selected layers and remove them.",
            (Key.Cut,),
            chosen,
            separated=True,
        ),
        Command(
            "copy",
            "Edit",
            "Copy",
            on_session(clipboard.copy_selection),
            "Copy the selected layers.",
            (Key.Copy,),
            chosen,
        ),
        Command("paste", "Edit", "Paste", on_session(clipboard.paste), "Add the copied layers.", (Key.Paste,)),
        Command(
            "duplicate",
            "Edit",
            "Duplicate",
            on_session(clipboard.duplicate_selection),
            "Add copies of the selected layers.",
            ("Ctrl+D",),
            chosen,
        ),
        Command(
            "delete",
            "Edit",
            "Delete",
            window.canvas.delete_selected,
            "Remove the selected layers, and close the chain behind them; or the selected connection. Key: Delete.",
            (),
            lambda: window.canvas.can_delete,
        ),
        Command(
            "rename", "Edit", "Rename", window.canvas.rename_selected, "Name the selected layer. Key: F2.", (), chosen
        ),
        Command(
            "select_all",
            "Edit",
            "Select all",
            on_session(editing.select_all),
            "Select every layer.",
            (Key.SelectAll, "Ctrl+A"),
            separated=True,
        ),
        Command(
            "deselect",
            "Edit",
            "Deselect",
            partial(session.select, ()),
            "Select nothing.",
            (Key.Deselect, "Ctrl+Shift+A"),
            chosen,
        ),
    ]


def _view(window: MainWindow) -> list[Command]:
    canvas, studio = window.canvas, window.studio
    themes = [
        Command(
            f"theme_{choice}",
            "View/Theme",
            text,
            partial(window.choose_theme, choice),
            f"{text} colors.",
            checked=partial(lambda name: studio.theme.choice == name, choice),
        )
        for choice, text in (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))
    ]
    return [
        Command("zoom_in", "View", "Zoom in", canvas.zoom_in, "Show the canvas larger.", (Key.ZoomIn, "Ctrl+=")),
        Command("zoom_out", "View", "Zoom out", canvas.zoom_out, "Show the canvas smaller.", (Key.ZoomOut,)),
        Command("zoom_reset", "View", "Actual size", canvas.reset_zoom, "Show the canvas at 100 %.", ("Ctrl+0",)),
        Command("fit", "View", "Fit", canvas.fit, FIT, ("Ctrl+9",)),
        *themes,
        Command(
            "reset_layout",
            "View",
            "Reset layout",
            window.reset_layout,
            "Put all panels where they were at first.",
            separated=True,
        ),
    ]


def _network(window: MainWindow) -> list[Command]:
    session, run = window.studio.session, window.studio.run

    def idle() -> bool:
        return run.state is RunState.IDLE

    return [
        Command(
            "tidy",
            "Network",
            "Arrange",
            partial(editing.arrange_all, session),
            "Lay out all layers along the flow.",
            ("Ctrl+L",),
        ),
        Command(
            "forget",
            "Network",
            "Forget what it learned…",
            window.forget,
            "Draw all weights anew, as before any training.",
            enabled=idle,
        ),
    ]


def _data(window: MainWindow) -> list[Command]:
    data = window.studio.data

    def there() -> bool:
        return data.dataset is not None

    sources = [
        Command(
            f"data_{source.kind}",
            "Data",
            f"{source.title}…" if source.needs_folder else source.title,
            partial(window.choose_data, source),
            f"Learn from images {'in a folder' if source.needs_folder else 'that the program draws'}.",
        )
        for source in SOURCES.values()
    ]
    return [
        *sources,
        Command(
            "look_at",
            "Data",
            "Look at an image…",
            window.ask_image,
            "Show the network an image file of your own; it can be dropped on the window, too.",
            enabled=there,
            separated=True,
        ),
        Command(
            "next_image",
            "Data",
            "Next image",
            data.show_next,
            "Look at the next test image.",
            ("Ctrl+Right",),
            there,
            separated=True,
        ),
        Command(
            "previous_image",
            "Data",
            "Previous image",
            lambda: data.show_sample(data.index - 1),
            "Look at the test image before.",
            ("Ctrl+Left",),
            there,
        ),
    ]


def _train(window: MainWindow) -> list[Command]:
    run = window.studio.run

    def ready() -> bool:
        return run.state is RunState.PAUSED or (run.state is RunState.IDLE and not run.why_not())

    def going() -> bool:
        return run.state.in_progress or run.state is RunState.PAUSED

    return [
        Command(
            "train",
            "Train",
            "Train or pause",
            window.studio.train_or_pause,
            "Train, or pause after this batch.",
            ("F5", "Ctrl+Return"),
            lambda: ready() or going(),
        ),
        Command("step", "Train", "Step", run.step, "Learn from one batch, then wait.", ("F6",), ready),
        Command("stop", "Train", "Stop", run.stop, "End the run; the weights stay.", ("Shift+F5",), going),
        Command(
            "watchable",
            "Train",
            "Slow enough to watch",
            window.toggle_watchable,
            "Let a short run last five seconds at least, so that it can be watched.",
            checked=lambda: run.watchable,
            separated=True,
        ),
    ]


def _export(window: MainWindow) -> list[Command]:
    return [
        Command(
            f"export_{name}",
            "Export",
            f"{format.title}…",
            partial(window.files.ask_export, name),
            f"Write the network as {format.title}.",
            enabled=lambda: window.studio.session.report.ok,
        )
        for name, format in FORMATS.items()
    ]


def _help(window: MainWindow) -> list[Command]:
    return [
        Command("find", "Help", "Find a command…", window.find_command, "Do anything by its name.", ("Ctrl+Shift+P",)),
        Command(
            "help",
            "Help",
            "What is this layer?",
            window.show_help,
            "Explain the selected layer, or all of them.",
            (Key.HelpContents, "F1"),
        ),
        Command("about", "Help", "About CNN Studio", window.show_about, "Version and licenses.", separated=True),
    ]
