"""The commands that edit the network."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QKeySequence

from cnnstudio.gui.canvas.auto_fit import AutoFit
from cnnstudio.gui.canvas.layer_insertion import LayerInsertion
from cnnstudio.gui.canvas.renaming import Renaming
from cnnstudio.gui.canvas.scene import CanvasScene
from cnnstudio.gui.commands.command import CanvasKey, Command, canvas_keys
from cnnstudio.gui.state import clipboard, editing
from cnnstudio.gui.state.session import Session
from cnnstudio.layers import CATEGORIES, LAYERS, Layer

Key = QKeySequence.StandardKey


def history_commands(session: Session) -> list[Command]:
    """Undo and redo."""
    history = session.history
    return [
        Command(
            "undo",
            "Edit",
            "Undo",
            history.undo,
            "Undo the last edit.",
            (Key.Undo, "Ctrl+Z"),
            enabled=history.canUndo,
            detail=history.undoText,
        ),
        Command(
            "redo",
            "Edit",
            "Redo",
            history.redo,
            "Redo the edit that was undone last.",
            (Key.Redo, "Ctrl+Shift+Z", "Ctrl+Y"),
            enabled=history.canRedo,
            detail=history.redoText,
        ),
    ]


def clipboard_commands(session: Session) -> list[Command]:
    """Cut, copy, paste and duplicate."""

    def selected() -> bool:
        return bool(session.selection)

    return [
        Command(
            "cut",
            "Edit",
            "Cut",
            partial(clipboard.cut_selection, session),
            "Move the selected layers to the clipboard.",
            (Key.Cut,),
            enabled=selected,
            separated=True,
        ),
        Command(
            "copy",
            "Edit",
            "Copy",
            partial(clipboard.copy_selection, session),
            "Copy the selected layers to the clipboard.",
            (Key.Copy,),
            enabled=selected,
        ),
        Command(
            "paste",
            "Edit",
            "Paste",
            partial(clipboard.paste, session),
            "Paste layers from the clipboard.",
            (Key.Paste,),
        ),
        Command(
            "duplicate",
            "Edit",
            "Duplicate",
            partial(clipboard.duplicate_selection, session),
            "Duplicate the selected layers.",
            ("Ctrl+D",),
            enabled=selected,
        ),
    ]


def selection_edit_commands(scene: CanvasScene, renaming: Renaming) -> list[Command]:
    """Delete and rename."""
    session = scene.session

    def selected() -> bool:
        return bool(session.selection)

    def delete() -> None:
        if scene.selected_edge is not None:
            editing.disconnect(session, scene.selected_edge)
        else:
            editing.delete_selection(session)

    return [
        Command(
            "delete",
            "Edit",
            "Delete",
            delete,
            "Delete the selected layers and reconnect their neighbors, or delete the selected connection.",
            canvas_keys=canvas_keys("Del", "Backspace"),
            enabled=lambda: selected() or scene.selected_edge is not None,
        ),
        Command(
            "rename",
            "Edit",
            "Rename",
            renaming.begin,
            "Rename the selected layer.",
            canvas_keys=canvas_keys("F2", "Return", "Enter"),
            enabled=selected,
        ),
    ]


def network_commands(session: Session, insertion: LayerInsertion, auto_fit: AutoFit) -> list[Command]:
    """Add a layer, of any kind, and arrange the network."""

    def add(kind: str) -> None:
        auto_fit.bring_into_view(editing.add_layer(session, kind))

    def add_command(layer: type[Layer], separated: bool) -> Command:
        return Command(
            f"add_{layer.kind}",
            "Network/Add",
            layer.title,
            partial(add, layer.kind),
            f"Add a {layer.title} layer after the selected one.",
            canvas_keys=(CanvasKey(layer.key),) if layer.key else (),
            separated=separated,
        )

    groups = [[layer for layer in LAYERS.values() if layer.role == role] for role in CATEGORIES]
    return [
        Command(
            "add_layer",
            "Network",
            "Add layer…",
            insertion.open,
            "Choose a layer from a list and add it.",
            canvas_keys=canvas_keys("Shift+A"),
        ),
        *(add_command(layer, layer is group[0]) for group in groups for layer in group),
        Command(
            "arrange",
            "Network",
            "Arrange",
            partial(editing.arrange_all, session),
            "Arrange all layers in the direction of data flow.",
            ("Ctrl+L",),
        ),
    ]
