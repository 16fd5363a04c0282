"""The canvas under the mouse: which gesture begins where, and how it goes on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from cnnstudio.graph import NodeId
from cnnstudio.gui.canvas.gestures.connect import Connect
from cnnstudio.gui.canvas.gestures.drag_nodes import DragNodes
from cnnstudio.gui.canvas.gestures.drop_layer import DropLayer
from cnnstudio.gui.canvas.gestures.gesture import Gesture, Pointer
from cnnstudio.gui.canvas.gestures.pan import Pan
from cnnstudio.gui.canvas.gestures.rubber_band import RubberBand
from cnnstudio.gui.canvas.hover import Hover
from cnnstudio.gui.canvas.overlays import PointerHint
from cnnstudio.gui.canvas.scene import CanvasScene
from cnnstudio.gui.canvas.zoom_view import ZoomView
from cnnstudio.gui.look.theme import Theme
from cnnstudio.gui.state.editing import LAYER_MIME
from cnnstudio.layers import LAYERS

ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class MouseView(ZoomView):
    """Runs one gesture at a time; what is opened by a click or a drop is asked for by signals."""

    node_activated = Signal(str)  # the id of a node that was double-clicked
    layers_wanted = Signal(QPointF)  # at a place
    layer_for_port_wanted = Signal(object, QPointF)  # Port, at a place
    fixes_requested = Signal(str, QPointF)  # for a node, at a place

    def __init__(self, scene: CanvasScene, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(scene, theme, parent)
        scene.setParent(self)
        self.canvas = scene
        self._hover = Hover(scene)
        self._hint = PointerHint(self)
        self._gesture: Gesture | None = None
        self._ground_held = False
        self.setMouseTracking(True)
        self.setAcceptDrops(True)

    @property
    def busy(self) -> bool:
        """Whether something is being dragged."""
        return self._gesture is not None

    def drop_gesture(self) -> None:
        """Cancel what is being dragged."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()
            self._end()

    def hold_ground(self, *, held: bool) -> None:
        """While this holds, the left button pans."""
        self._ground_held = held
        if not self.busy:
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor if held else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if not self.busy:
            self._start(self._begin(event.button(), self._pointer(event)))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        pointer = self._pointer(event)
        if self._gesture is not None:
            self._move(self._gesture, pointer)
        elif not self._ground_held:
            self.viewport().setCursor(self._hover.move(pointer.place))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is None:
            return
        gesture.finish()
        self._end()
        if isinstance(gesture, DragNodes) and not gesture.moved:
            self._click(gesture.grabbed, self._pointer(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = self._pointer(event).place
        item = self.canvas.node_at(place)
        if event.button() is not Qt.MouseButton.LeftButton or self.canvas.port_at(place):
            return
        if item is not None:
            self.node_activated.emit(item.node_id)
        else:
            self.layers_wanted.emit(place)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover.leave()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        kind = bytes(event.mimeData().data(LAYER_MIME).data()).decode(errors="replace")
        if kind not in LAYERS:
            event.ignore()
            return
        self.drop_gesture()
        self._start(DropLayer(self.canvas, kind))
        event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self._gesture is not None:
            self._move(self._gesture, self._pointer(event))
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drop_gesture()

    def dropEvent(self, event: QDropEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.move(self._pointer(event))
            gesture.finish()
            self._end()
            event.acceptProposedAction()
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def _begin(self, button: Qt.MouseButton, pointer: Pointer) -> Gesture | None:
        """The gesture that a press begins; a press that begins none does at once what it does."""
        scene, adding = self.canvas, bool(pointer.keys & ADDING)
        left = button is Qt.MouseButton.LeftButton
        if button is Qt.MouseButton.MiddleButton or (left and self._ground_held):
            return Pan(self, pointer)
        if not left:
            return None
        port, item = scene.port_at(pointer.place), scene.node_at(pointer.place)
        if port is not None:
            return Connect(scene, port, self.layer_for_port_wanted.emit)
        if item is not None:
            self._select(item.node_id, adding)
            grabbed = item.node_id in scene.session.selection
            return DragNodes(scene, item.node_id, pointer) if grabbed else None
        edge = scene.edge_at(pointer.place)
        if edge is not None:
            scene.select_edge(edge)
            return None
        return RubberBand(scene, pointer, adding=adding)

    def _select(self, node_id: NodeId, adding: bool) -> None:
        """Select a pressed node; one of several that are selected stays so, for they may be dragged together."""
        session = self.canvas.session
        others = tuple(key for key in session.selection if key != node_id)
        if adding:
            session.select(others if node_id in session.selection else (*others, node_id))
        elif node_id not in session.selection:
            session.select((node_id,))

    def _click(self, node_id: NodeId, pointer: Pointer) -> None:
        if pointer.keys & ADDING:
            return
        self.canvas.session.select((node_id,))
        if self.canvas.nodes[node_id].on_message(pointer.place):
            self.fixes_requested.emit(node_id, pointer.place)

    def _start(self, gesture: Gesture | None) -> None:
        self._gesture = gesture
        if gesture is not None:
            self._hover.leave()
            self.viewport().setCursor(gesture.cursor)

    def _move(self, gesture: Gesture, pointer: Pointer) -> None:
        gesture.move(pointer)
        self.viewport().setCursor(gesture.cursor)
        self._hint.say(gesture.hint, pointer.pixel.toPoint())

    def _end(self) -> None:
        self._hint.say("", self.rect().center())
        self.hold_ground(held=self._ground_held)

    def _pointer(self, event: QMouseEvent | QDropEvent) -> Pointer:
        inverse, _ = self.viewportTransform().inverted()
        return Pointer(event.position(), inverse.map(event.position()), event.modifiers())
