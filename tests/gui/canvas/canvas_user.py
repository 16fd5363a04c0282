"""Simulates mouse and keyboard on a canvas."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from cnnstudio.graph import NodeId
from cnnstudio.gui.canvas.overlays import PointerHint
from cnnstudio.gui.canvas.ports import Port, PortType
from cnnstudio.gui.canvas.view import CanvasView
from cnnstudio.gui.state.editing import LAYER_MIME

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
STEPS = 5


class CanvasUser:
    """Presses, drags and drops at points of the scene."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view

    def pixel(self, place: QPointF) -> QPoint:
        """The viewport pixel of a point of the scene."""
        return self.view.mapFromScene(place)

    def node(self, node_id: NodeId) -> QPointF:
        """A point on a node's header."""
        item = self.view.graph_scene.nodes[node_id]
        return item.pos() + item.layout.header.center()

    def output(self, node_id: NodeId) -> QPointF:
        """The position of a node's output port."""
        return self.view.graph_scene.port_point(Port(node_id, PortType.OUTPUT))

    def input(self, node_id: NodeId, number: int = 0) -> QPointF:
        """The position of one of a node's input ports."""
        return self.view.graph_scene.port_point(Port(node_id, PortType.INPUT, number))

    def click(self, place: QPointF, keys: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
        """Press and release."""
        QTest.mouseClick(self.view.viewport(), button, keys, self.pixel(place))

    def double_click(self, place: QPointF) -> None:
        """Double-click."""
        self.click(place)
        QTest.mouseDClick(self.view.viewport(), LEFT, NONE, self.pixel(place))

    def grab(
        self, start: QPointF, end: QPointF, button: Qt.MouseButton = LEFT, keys: Qt.KeyboardModifier = NONE
    ) -> None:
        """Press and drag to the end without releasing."""
        first, last = self.pixel(start), self.pixel(end)
        QTest.mousePress(self.view.viewport(), button, keys, first)
        for step in range(1, STEPS + 1):
            self._move(first + (last - first) * step / STEPS, button, keys)
            QApplication.processEvents()

    def hover(self, place: QPointF) -> None:
        """Move the mouse there with no button pressed."""
        self._move(self.pixel(place), Qt.MouseButton.NoButton, NONE)

    def _move(self, pixel: QPoint, button: Qt.MouseButton, keys: Qt.KeyboardModifier) -> None:
        viewport = self.view.viewport()
        at, on_screen = QPointF(pixel), QPointF(viewport.mapToGlobal(pixel))
        event = QMouseEvent(QEvent.Type.MouseMove, at, on_screen, Qt.MouseButton.NoButton, button, keys)
        QApplication.sendEvent(viewport, event)

    def let_go(self, place: QPointF, button: Qt.MouseButton = LEFT) -> None:
        """Release."""
        QTest.mouseRelease(self.view.viewport(), button, NONE, self.pixel(place))

    def drag(self, start: QPointF, end: QPointF, keys: Qt.KeyboardModifier = NONE) -> None:
        """Press, drag and release."""
        self.grab(start, end, keys=keys)
        self.let_go(end)

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
        """Press a key while the canvas has the focus."""
        self.view.setFocus()
        QTest.keyClick(self.view, key, keys)

    def hint(self) -> str:
        """The hint beside the pointer; empty if none is shown."""
        label = self.view.findChild(PointerHint)
        return label.text() if isinstance(label, PointerHint) and label.isVisible() else ""

    def popup(self) -> QWidget:
        """The menu or list that has popped up."""
        popup = QApplication.activePopupWidget()
        assert popup is not None, "nothing has popped up"
        return popup

    def carry(self, kind: str, place: QPointF) -> QMimeData:
        """Drag a layer in from the palette to a point, without dropping it."""
        data = QMimeData()
        data.setData(LAYER_MIME, kind.encode())
        copy, pixel = Qt.DropAction.CopyAction, self.pixel(place)
        QApplication.sendEvent(self.view.viewport(), QDragEnterEvent(pixel, copy, data, LEFT, NONE))
        QApplication.sendEvent(self.view.viewport(), QDragMoveEvent(pixel, copy, data, LEFT, NONE))
        return data

    def drop(self, kind: str, place: QPointF) -> None:
        """Drag a layer in from the palette and drop it at a point."""
        data = self.carry(kind, place)
        event = QDropEvent(QPointF(self.pixel(place)), Qt.DropAction.CopyAction, data, LEFT, NONE)
        QApplication.sendEvent(self.view.viewport(), event)

    def carry_away(self) -> None:
        """Drag the layer out of the canvas."""
        QApplication.sendEvent(self.view.viewport(), QDragLeaveEvent())
