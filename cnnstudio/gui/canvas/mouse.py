"""The mouse on the canvas: which gesture a press starts, and how it continues."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtWidgets import QGraphicsView

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
from cnnstudio.gui.canvas.zoom import Zoom
from cnnstudio.gui.state.editing import LAYER_MIME
from cnnstudio.layers import LAYERS

EXTENDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier  # add to or remove from selection


class MouseHandler(QObject):
    """Turns the mouse and drag events of a view into gestures, one at a time."""

    node_activated = Signal(str)  # a node was double-clicked; its id
    layers_requested = Signal(QPointF)  # at a point of the scene
    layer_for_port_requested = Signal(object, QPointF)  # Port, and a point of the scene
    fixes_requested = Signal(str, QPointF)  # for a node, at a point of the scene

    def __init__(self, view: QGraphicsView, zoom: Zoom, scene: CanvasScene) -> None:
        super().__init__(view)
        self._view, self._zoom, self._scene = view, zoom, scene
        self._hover = Hover(scene)
        self._hint = PointerHint(view)
        self._gesture: Gesture | None = None
        self._panning = False
        view.setMouseTracking(True)
        view.setAcceptDrops(True)
        scene.session.graph_changed.connect(self.cancel_gesture)

    @property
    def busy(self) -> bool:
        """Whether a gesture is in progress."""
        return self._gesture is not None

    def cancel_gesture(self, *changed: object) -> None:
        """Cancel the gesture in progress, if any."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()
            self._end()

    def set_panning(self, panning: bool) -> None:
        """While this is on, the left button pans."""
        self._panning = panning
        if not self.busy:
            self._set_cursor(Qt.CursorShape.OpenHandCursor if panning else Qt.CursorShape.ArrowCursor)

    def press(self, event: QMouseEvent) -> None:
        """Start the gesture that suits the button and what is under the pointer."""
        event.accept()
        if not self.busy:
            self._start(self._choose_gesture(event.button(), self._pointer(event)))

    def move(self, event: QMouseEvent) -> None:
        """Continue the gesture, or highlight what is under the pointer."""
        pointer = self._pointer(event)
        if self._gesture is not None:
            self._continue(self._gesture, pointer)
        elif not self._panning:
            self._set_cursor(self._hover.move(pointer.place))

    def release(self, event: QMouseEvent) -> None:
        """Finish the gesture."""
        gesture, self._gesture = self._gesture, None
        if gesture is None:
            return
        gesture.finish()
        self._end()
        if isinstance(gesture, DragNodes) and not gesture.moved:
            self._click(gesture.grabbed, self._pointer(event))

    def double_click(self, event: QMouseEvent) -> None:
        """Activate a node, or ask for a layer on the background."""
        place = self._pointer(event).place
        item = self._scene.node_at(place)
        if event.button() is not Qt.MouseButton.LeftButton or self._scene.port_at(place):
            return
        if item is not None:
            self.node_activated.emit(item.node_id)
        else:
            self.layers_requested.emit(place)

    def leave(self) -> None:
        """Remove the highlight: the pointer has left the view."""
        self._hover.leave()

    def drag_enter(self, event: QDragEnterEvent) -> None:
        """Accept a layer that is dragged in from the palette."""
        kind = bytes(event.mimeData().data(LAYER_MIME).data()).decode(errors="replace")
        if kind not in LAYERS:
            event.ignore()
            return
        self.cancel_gesture()
        self._start(DropLayer(self._scene, kind))
        event.acceptProposedAction()

    def drag_move(self, event: QDragMoveEvent) -> None:
        """Move the layer that is dragged in."""
        if self._gesture is not None:
            self._continue(self._gesture, self._pointer(event))
            event.acceptProposedAction()

    def drop(self, event: QDropEvent) -> None:
        """Drop the layer here."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.move(self._pointer(event))
            gesture.finish()
            self._end()
            event.acceptProposedAction()
            self._view.setFocus(Qt.FocusReason.MouseFocusReason)

    def _choose_gesture(self, button: Qt.MouseButton, pointer: Pointer) -> Gesture | None:
        """The gesture that a press starts; a press that starts none takes effect at once."""
        scene, extending = self._scene, bool(pointer.keys & EXTENDING)
        left = button is Qt.MouseButton.LeftButton
        if button is Qt.MouseButton.MiddleButton or (left and self._panning):
            return Pan(self._zoom, pointer)
        if not left:
            return None
        port, item = scene.port_at(pointer.place), scene.node_at(pointer.place)
        if port is not None:
            return Connect(scene, port, self.layer_for_port_requested.emit)
        if item is not None:
            self._select(item.node_id, extending)
            grabbed = item.node_id in scene.session.selection
            return DragNodes(scene, item.node_id, pointer) if grabbed else None
        edge = scene.edge_at(pointer.place)
        if edge is not None:
            scene.select_edge(edge)
            return None
        return RubberBand(scene, pointer, extending=extending)

    def _select(self, node_id: NodeId, extending: bool) -> None:
        """Select a pressed node; if it is one of several selected nodes, all stay selected, to be dragged together."""
        session = self._scene.session
        others = tuple(key for key in session.selection if key != node_id)
        if extending:
            session.select(others if node_id in session.selection else (*others, node_id))
        elif node_id not in session.selection:
            session.select((node_id,))

    def _click(self, node_id: NodeId, pointer: Pointer) -> None:
        if pointer.keys & EXTENDING:
            return
        self._scene.session.select((node_id,))
        if self._scene.nodes[node_id].on_message(pointer.place):
            self.fixes_requested.emit(node_id, pointer.place)

    def _start(self, gesture: Gesture | None) -> None:
        self._gesture = gesture
        if gesture is not None:
            self._hover.leave()
            self._set_cursor(gesture.cursor)

    def _continue(self, gesture: Gesture, pointer: Pointer) -> None:
        gesture.move(pointer)
        self._set_cursor(gesture.cursor)
        self._hint.show_text(gesture.hint, pointer.pixel.toPoint())

    def _end(self) -> None:
        self._hint.show_text("", self._view.rect().center())
        self.set_panning(self._panning)

    def _set_cursor(self, cursor: Qt.CursorShape) -> None:
        self._view.viewport().setCursor(cursor)

    def _pointer(self, event: QMouseEvent | QDropEvent) -> Pointer:
        inverse, _ = self._view.viewportTransform().inverted()
        return Pointer(event.position(), inverse.map(event.position()), event.modifiers())
