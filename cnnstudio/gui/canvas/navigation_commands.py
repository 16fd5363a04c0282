"""The commands that select layers and move the view."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QKeySequence

from cnnstudio.graph import NodeId, Point
from cnnstudio.graph.navigation import along, towards
from cnnstudio.gui.canvas.auto_fit import AutoFit
from cnnstudio.gui.canvas.mouse import MouseHandler
from cnnstudio.gui.canvas.scene import CanvasScene
from cnnstudio.gui.canvas.zoom import Zoom
from cnnstudio.gui.commands.command import CanvasKey, Command, canvas_keys
from cnnstudio.gui.state import editing

Key = QKeySequence.StandardKey

STEPS = (("next", "Next layer", 1, "Tab"), ("previous", "Previous layer", -1, "Shift+Tab"))
DIRECTIONS: tuple[tuple[str, str, Point, str], ...] = (
    ("left", "Layer to the left", (-1.0, 0.0), "Left"),
    ("right", "Layer to the right", (1.0, 0.0), "Right"),
    ("up", "Layer above", (0.0, -1.0), "Up"),
    ("down", "Layer below", (0.0, 1.0), "Down"),
)


def selection_commands(scene: CanvasScene, mouse: MouseHandler) -> list[Command]:
    """Select all or nothing."""
    session = scene.session

    def anything_selected() -> bool:
        return bool(session.selection) or scene.selected_edge is not None

    def cancel_or_deselect() -> None:
        if mouse.busy:
            mouse.cancel_gesture()
        else:
            scene.select_edge(None)
            session.select(())

    return [
        Command(
            "select_all",
            "Edit",
            "Select all",
            partial(editing.select_all, session),
            "Select all layers.",
            (Key.SelectAll, "Ctrl+A"),
            separated=True,
        ),
        Command(
            "deselect",
            "Edit",
            "Deselect",
            cancel_or_deselect,
            "Clear the selection; during a drag, cancel it.",
            (Key.Deselect, "Ctrl+Shift+A"),
            canvas_keys("Esc"),
            lambda: anything_selected() or mouse.busy,
        ),
    ]


def layer_walking_commands(scene: CanvasScene, auto_fit: AutoFit) -> list[Command]:
    """Select the next layer, in the direction of data flow or in a direction."""
    session = scene.session

    def current() -> NodeId | None:
        return session.selection[-1] if session.selection else None

    def go_to(node_id: NodeId | None) -> bool:
        if node_id is not None:
            session.select([node_id])
            auto_fit.bring_into_view(node_id)
        return node_id is not None

    def step(by: int) -> bool:
        return go_to(along(scene.graph, current(), by))

    def walk(direction: Point) -> None:
        start = current()
        go_to(towards(scene.graph, start, direction) if start else along(scene.graph, None, 1))

    return [
        *(
            Command(
                f"select_{name}",
                "Edit/Select",
                text,
                partial(step, by),
                f"Select the {name} layer in the direction of data flow.",
                canvas_keys=canvas_keys(key),
            )
            for name, text, by, key in STEPS
        ),
        *(
            Command(
                f"select_{name}",
                "Edit/Select",
                text,
                partial(walk, direction),
                f"Select the nearest layer in the direction “{name}”.",
                canvas_keys=canvas_keys(key),
            )
            for name, text, direction, key in DIRECTIONS
        ),
    ]


def view_commands(scene: CanvasScene, zoom: Zoom, auto_fit: AutoFit, mouse: MouseHandler) -> list[Command]:
    """Zoom, fit and pan."""
    session = scene.session
    nothing_selected = CanvasKey("F", lambda: not session.selection, "with no layer selected")
    return [
        Command("zoom_in", "View", "Zoom in", zoom.zoom_in, "Zoom in on the canvas.", (Key.ZoomIn, "Ctrl+=")),
        Command("zoom_out", "View", "Zoom out", zoom.zoom_out, "Zoom out of the canvas.", (Key.ZoomOut,)),
        Command("zoom_reset", "View", "Actual size", zoom.reset, "Show the canvas at 100 %.", ("Ctrl+0",)),
        Command(
            "fit",
            "View",
            "Fit in view",
            auto_fit.fit,
            "Show the whole network.",
            ("Ctrl+9",),
            (*canvas_keys("Home"), nothing_selected),
        ),
        Command(
            "pan",
            "",
            "Pan with the left mouse button while held",
            partial(mouse.set_panning, True),
            "Hold to pan with the left mouse button.",
            canvas_keys=canvas_keys("Space"),
            release=partial(mouse.set_panning, False),
        ),
    ]
