"""The canvas under the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from cnnstudio.graph import NodeId, Point
from cnnstudio.graph.navigation import along, towards
from cnnstudio.gui.canvas.scene import CanvasScene
from cnnstudio.gui.state import editing
from cnnstudio.layers import LAYERS

if TYPE_CHECKING:
    from cnnstudio.gui.canvas.view import CanvasView

DIRECTIONS: dict[int, Point] = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}
NONE, SHIFT, CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


class Keys:
    """Says what each key does while the canvas has the focus."""

    def __init__(self, view: CanvasView, scene: CanvasScene) -> None:
        self._view, self._scene, self._session = view, scene, scene.session
        keys = Qt.Key
        self._acts: dict[tuple[int, Qt.KeyboardModifier], Callable[[], object]] = {
            (keys.Key_Delete, NONE): view.delete_selected,
            (keys.Key_Backspace, NONE): view.delete_selected,
            (keys.Key_Escape, NONE): self._leave,
            (keys.Key_Return, NONE): view.rename_selected,
            (keys.Key_Enter, NONE): view.rename_selected,
            (keys.Key_F2, NONE): view.rename_selected,
            (keys.Key_Home, NONE): view.fit,
            (keys.Key_A, SHIFT): view.open_quick_add,
            (keys.Key_0, CONTROL): view.reset_zoom,
            (keys.Key_Plus, CONTROL): view.zoom_in,
            (keys.Key_Equal, CONTROL): view.zoom_in,
            (keys.Key_Minus, CONTROL): view.zoom_out,
        }
        self._kinds = {layer.key: kind for kind, layer in LAYERS.items() if layer.key}

    def press(self, event: QKeyEvent) -> bool:
        """Do what the key stands for; returns whether it stands for anything."""
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        act = self._acts.get((event.key(), held))
        if act is not None:
            act()
        elif held != NONE:
            return False
        elif event.key() in DIRECTIONS:
            self._walk(DIRECTIONS[event.key()])
        elif event.key() == Qt.Key.Key_Space:
            self._view.hold_ground(held=True)
        else:
            return self._type(event.text().upper())
        return True

    def release(self, event: QKeyEvent) -> None:
        """Let go of Space."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._view.hold_ground(held=False)

    def walk_by_tab(self, event: QKeyEvent) -> bool:
        """Select the next or previous node in the flow of data; past the ends the focus goes on to other widgets."""
        if event.key() not in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) or event.modifiers() & ~SHIFT:
            return False
        step = 1 if event.key() == Qt.Key.Key_Tab else -1
        return self._go(along(self._scene.graph, self._current(), step))

    def _walk(self, direction: Point) -> None:
        current = self._current()
        self._go(towards(self._scene.graph, current, direction) if current else along(self._scene.graph, None, 1))

    def _go(self, node_id: NodeId | None) -> bool:
        if node_id is None:
            return False
        self._session.select([node_id])
        self._view.bring_into_view(node_id)
        return True

    def _current(self) -> NodeId | None:
        return self._session.selection[-1] if self._session.selection else None

    def _leave(self) -> None:
        """Cancel what is being dragged; where nothing is, select nothing."""
        if self._view.busy:
            self._view.drop_gesture()
        else:
            self._scene.select_edge(None)
            self._session.select(())

    def _type(self, letter: str) -> bool:
        """Add the layer with this key. F stands for two things: with nothing selected it shows the whole network."""
        if letter == "F" and not self._session.selection:
            self._view.fit()
        elif letter in self._kinds:
            new = editing.add_layer(self._session, self._kinds[letter])
            self._view.bring_into_view(new)
        else:
            return False
        return True
