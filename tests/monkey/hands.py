"""What a monkey does to a window: clicks, drags, keys, menus, data, files, training; each by chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent, QHelpEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QDockWidget, QWidget

from cnnstudio.data import DatasetName
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.autosave import Autosave
from cnnstudio.gui.window.main_window import MainWindow
from cnnstudio.layers import LAYERS
from tests.monkey.answers import LEAVING

T = TypeVar("T")
Button, Held = Qt.MouseButton, Qt.KeyboardModifier
LEFT, RIGHT, MIDDLE, NONE = Button.LeftButton, Button.RightButton, Button.MiddleButton, Held.NoModifier
KEYS = (
    *"ABCDEFGHILMPRSTXYZ0159",
    *("Delete", "Backspace", "Return", "Escape", "Tab", "Space", "Left", "Right", "Up", "Down", "Plus", "Minus"),
    *("F1", "F2", "F5", "F6", "F7", "F8", "Home", "End", "PageUp", "PageDown", "Slash"),
)
TEXTS = ("conv", "relu", "-1", "1e9", "99999999", "abc<b>", '"', "3", "0", "a&b", "<img src='//host/x'>")
TEMPLATES = ("xo", "lenet5", "autoencoder", "inception-block", "resnet-small")
DATA = ("xo", "digits:16", "shapes:16", "shapes:40", "mnist:/nope", "nothing:1")
SIZES = ((1600, 1000), (1100, 700), (960, 540), (700, 500))


class Hands:
    """Acts on the window. Every method without an underscore is an action; `ACTIONS` says how often each is done."""

    def __init__(self, window: MainWindow, chance: random.Random, files: list[Path]) -> None:
        self._window, self._studio, self._chance, self._files = window, window.studio, chance, files

    def click(self) -> None:
        widget = self._widget()
        button, held = self._one_of(LEFT, LEFT, LEFT, RIGHT), self._held()
        QTest.mouseClick(widget, button, held, self._place(widget))

    def double_click(self) -> None:
        widget = self._widget()
        QTest.mouseDClick(widget, LEFT, NONE, self._place(widget))

    def click_canvas(self) -> None:
        canvas = self._window.canvas.viewport()
        QTest.mouseClick(canvas, self._one_of(LEFT, LEFT, RIGHT), self._held(), self._place(canvas))

    def click_node(self) -> None:
        place = self._node_place()
        if place is not None:
            QTest.mouseClick(self._window.canvas.viewport(), self._one_of(LEFT, LEFT, RIGHT), self._held(), place)

    def drag(self) -> None:
        canvas = self._window.canvas.viewport()
        widget = canvas if self._chance.random() < 0.8 else self._widget()
        if isinstance(widget.parent(), QAbstractItemView):
            return  # a drag out of a list waits for the real mouse
        start, end = self._node_place() if widget is canvas else None, self._place(widget)
        self._drag(widget, start or self._place(widget), end)

    def hover(self) -> None:
        widget = self._one_of(self._window.canvas.viewport(), self._widget())
        self._mouse(widget, QEvent.Type.MouseMove, self._place(widget), Button.NoButton)
        place = self._place(widget)
        QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, place, widget.mapToGlobal(place)))

    def leave(self) -> None:
        QApplication.sendEvent(self._window.canvas.viewport(), QEvent(QEvent.Type.Leave))

    def ask_for_menu(self) -> None:
        widget = self._one_of(self._window.canvas.viewport(), self._widget())
        place, reason = self._place(widget), self._one_of(*QContextMenuEvent.Reason)
        QApplication.sendEvent(widget, QContextMenuEvent(reason, place, widget.mapToGlobal(place)))

    def press_key(self) -> None:
        key = getattr(Qt.Key, f"Key_{self._chance.choice(KEYS)}")
        held = self._one_of(NONE, NONE, NONE, Held.ControlModifier, Held.ShiftModifier)
        QTest.keyClick(QApplication.focusWidget() or self._window.canvas, key, held)

    def type_text(self) -> None:
        focus = QApplication.focusWidget()
        if focus is not None:
            QTest.keyClicks(focus, self._chance.choice(TEXTS))

    def rename_and_undo(self) -> None:
        self._window.canvas.setFocus()
        QTest.keyClick(self._window.canvas, Qt.Key.Key_F2)
        self.type_text()
        self.undo()

    def turn_wheel(self) -> None:
        widget = self._one_of(self._window.canvas.viewport(), self._widget())
        place, turn = self._place(widget), QPoint(0, self._one_of(120, -120, 1200, -1200))
        held, phase = self._one_of(NONE, Held.ControlModifier), Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(
            QPointF(place), QPointF(widget.mapToGlobal(place)), QPoint(), turn, Button.NoButton, held, phase, False
        )
        QApplication.sendEvent(widget, event)

    def undo(self) -> None:
        self._studio.session.history.undo()

    def redo(self) -> None:
        self._studio.session.history.redo()

    def undo_and_redo_all(self) -> None:
        history, before = self._studio.session.history, self._studio.session.project
        if history.canRedo():
            return
        for _ in range(history.count()):
            history.undo()
        for _ in range(history.count()):
            history.redo()
        assert self._studio.session.project == before, "redoing all does not return to the project"

    def train_or_pause(self) -> None:
        self._studio.train_or_pause()

    def stop(self) -> None:
        self._studio.run.stop()

    def step(self) -> None:
        self._studio.run.step()

    def evaluate(self) -> None:
        self._studio.evaluator.start()

    def new(self) -> None:
        self._window.files.new(self._chance.choice(TEMPLATES))

    def open(self) -> None:
        self._window.files.open(self._chance.choice(self._files))

    def save(self) -> None:
        self._studio.save(self._chance.choice(self._files))

    def autosave(self) -> None:
        for autosave in self._studio.findChildren(Autosave):
            autosave.save()

    def add_layer(self) -> None:
        editing.add_layer(self._studio.session, self._chance.choice(list(LAYERS)))

    def drop_layer(self) -> None:
        canvas, data, move = self._window.canvas.viewport(), QMimeData(), Qt.DropAction.CopyAction
        data.setData(editing.LAYER_MIME, self._chance.choice(list(LAYERS)).encode())
        QApplication.sendEvent(canvas, QDragEnterEvent(self._place(canvas), move, data, LEFT, NONE))
        if self._chance.random() < 0.3:
            self._studio.session.history.undo()
        QApplication.sendEvent(canvas, QDropEvent(QPointF(self._place(canvas)), move, data, LEFT, NONE))

    def delete_all(self) -> None:
        editing.select_all(self._studio.session)
        editing.delete_selection(self._studio.session)

    def run_command(self) -> None:
        enabled = [
            action
            for action in self._window._menus.actions.values()
            if action.isEnabled() and not any(word in action.text() for word in LEAVING)
        ]
        self._chance.choice(enabled).trigger()

    def choose_data(self) -> None:
        self._studio.choose_data(DatasetName.parse(self._chance.choice(DATA)))

    def choose_data_quickly(self) -> None:
        for _ in range(5):
            self.choose_data()

    def change_theme(self) -> None:
        self._studio.theme.choose(self._one_of("dark", "light", "system"))

    def resize(self) -> None:
        self._window.resize(*self._chance.choice(SIZES))

    def rearrange_panels(self) -> None:
        dock = self._chance.choice(self._window.findChildren(QDockWidget))
        self._one_of(lambda: dock.setFloating(not dock.isFloating()), lambda: dock.setVisible(not dock.isVisible()))()

    def _drag(self, widget: QWidget, start: QPoint, end: QPoint) -> None:
        button, held = self._one_of(LEFT, LEFT, LEFT, MIDDLE), self._held()
        self._mouse(widget, QEvent.Type.MouseButtonPress, start, button, button, held)
        for part in range(1, 5):
            self._mouse(widget, QEvent.Type.MouseMove, start + (end - start) * part / 4, Button.NoButton, button, held)
        if self._chance.random() < 0.2:  # something happens in the middle of it
            self._one_of(self.undo, self.redo, self.delete_all, lambda: QTest.keyClick(widget, Qt.Key.Key_Escape))()
        self._mouse(widget, QEvent.Type.MouseButtonRelease, end, button, Button.NoButton, held)

    def _mouse(
        self,
        widget: QWidget,
        kind: QEvent.Type,
        place: QPoint,
        button: Qt.MouseButton,
        buttons: Qt.MouseButton = Button.NoButton,
        held: Qt.KeyboardModifier = NONE,
    ) -> None:
        where = QPointF(place), QPointF(widget.mapToGlobal(place))
        QApplication.sendEvent(widget, QMouseEvent(kind, *where, button, buttons, held))

    def _widget(self) -> QWidget:
        """Any visible widget of the window."""
        seen = [w for w in self._window.findChildren(QWidget) if w.isVisible() and w.width() > 2 and w.height() > 2]
        return self._chance.choice(seen)

    def _place(self, widget: QWidget) -> QPoint:
        return QPoint(self._chance.randrange(widget.width()), self._chance.randrange(widget.height()))

    def _node_place(self) -> QPoint | None:
        """A point on a node or near it, in the canvas's viewport."""
        nodes = list(self._window.canvas.graph_scene.nodes.values())
        if not nodes:
            return None
        rect = self._chance.choice(nodes).area()
        x, y = self._chance.uniform(-0.1, 1.1), self._chance.uniform(0.0, 1.0)
        return self._window.canvas.mapFromScene(QPointF(rect.x() + x * rect.width(), rect.y() + y * rect.height()))

    def _held(self) -> Qt.KeyboardModifier:
        return self._one_of(NONE, NONE, NONE, Held.ControlModifier, Held.ShiftModifier)

    def _one_of(self, *choices: T) -> T:
        return self._chance.choice(choices)


ACTIONS: dict[Callable[[Hands], None], float] = {
    Hands.click: 20,
    Hands.double_click: 4,
    Hands.click_canvas: 6,
    Hands.click_node: 8,
    Hands.drag: 14,
    Hands.hover: 12,
    Hands.leave: 1,
    Hands.ask_for_menu: 3,
    Hands.press_key: 16,
    Hands.type_text: 3,
    Hands.rename_and_undo: 2,
    Hands.turn_wheel: 5,
    Hands.undo: 5,
    Hands.redo: 3,
    Hands.undo_and_redo_all: 0.5,
    Hands.train_or_pause: 4,
    Hands.stop: 2,
    Hands.step: 2,
    Hands.evaluate: 1,
    Hands.new: 0.5,
    Hands.open: 0.7,
    Hands.save: 1,
    Hands.autosave: 1,
    Hands.add_layer: 5,
    Hands.drop_layer: 3,
    Hands.delete_all: 0.3,
    Hands.run_command: 3,
    Hands.choose_data: 0.5,
    Hands.choose_data_quickly: 0.3,
    Hands.change_theme: 0.3,
    Hands.resize: 0.5,
    Hands.rearrange_panels: 0.5,
}
