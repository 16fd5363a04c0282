"""The canvas widget: puts its parts together and passes Qt's events to them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QToolTip, QWidget

from cnnstudio.graph import NodeId
from cnnstudio.gui.canvas.auto_fit import AutoFit
from cnnstudio.gui.canvas.background import paint_background
from cnnstudio.gui.canvas.context_menus import ContextMenus
from cnnstudio.gui.canvas.edit_commands import (
    clipboard_commands,
    history_commands,
    network_commands,
    selection_edit_commands,
)
from cnnstudio.gui.canvas.layer_insertion import LayerInsertion
from cnnstudio.gui.canvas.minimap import Minimap
from cnnstudio.gui.canvas.mouse import MouseHandler
from cnnstudio.gui.canvas.navigation_commands import layer_walking_commands, selection_commands, view_commands
from cnnstudio.gui.canvas.overlays import GettingStarted
from cnnstudio.gui.canvas.renaming import Renaming
from cnnstudio.gui.canvas.scene import CanvasScene
from cnnstudio.gui.canvas.zoom import Zoom
from cnnstudio.gui.commands.command import by_name
from cnnstudio.gui.commands.keyboard import KeyboardHandler
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.session import GraphChanged
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.labels import tooltip


class CanvasView(QGraphicsView):
    """The graph editor. `commands` are what can be done on it, by name; their canvas keys work while it has focus."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        scene = CanvasScene(studio)
        super().__init__(scene, parent)
        scene.setParent(self)
        self.graph_scene = scene
        self._studio, self._session = studio, studio.session
        self._configure()
        self.zoom = Zoom(self)
        self.auto_fit = AutoFit(self, self.zoom, scene)
        self.mouse = MouseHandler(self, self.zoom, scene)
        self._insertion = LayerInsertion(self, self.zoom, scene)
        renaming = Renaming(self, self.zoom, self.auto_fit, scene)
        self.commands = by_name(
            [
                *history_commands(self._session),
                *clipboard_commands(scene.session),
                *selection_edit_commands(scene, renaming),
                *selection_commands(scene, self.mouse),
                *layer_walking_commands(scene, self.auto_fit),
                *view_commands(scene, self.zoom, self.auto_fit, self.mouse),
                *network_commands(self._session, self._insertion, self.auto_fit),
            ]
        )
        self._keyboard = KeyboardHandler(self.commands.values())
        self._menus = ContextMenus(self.commands, scene, self._insertion, self)
        self._minimap = Minimap(self, self.zoom, scene)
        self._getting_started = GettingStarted(self.commands["add_layer"].key_texts()[0], self)
        self._listen()

    def event(self, event: QEvent) -> bool:
        # Qt would use Tab to move the focus before keyPressEvent could see it
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and self._keyboard.press(event):
            event.accept()
            return True
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            text = self.graph_scene.tooltip_at(self.mapToScene(event.pos()))
            QToolTip.showText(event.globalPos(), tooltip(text) if text else "", self.viewport())
            return True
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()  # what no command uses is for other widgets; the view must not scroll

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._keyboard.release(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.mouse.set_panning(False)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.mouse.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.mouse.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mouse.double_click(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.mouse.leave()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.mouse.drag_enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self.mouse.drag_move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.mouse.cancel_gesture()

    def dropEvent(self, event: QDropEvent) -> None:
        self.mouse.drop(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom.turn_wheel(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        fit_again = self.auto_fit.active
        super().resizeEvent(event)
        self.zoom.moved.emit()
        if fit_again:
            self.auto_fit.fit()
        self._getting_started.adjustSize()
        self._getting_started.move(self.rect().center() - self._getting_started.rect().center())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        place = self.mapToScene(event.pos()) if by_mouse else self._insertion.selection_point()
        self._menus.menu_at(place).popup(self._to_screen(place))

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        paint_background(painter, rect, self.graph_scene.colors, self.zoom.factor)

    def _configure(self) -> None:
        self.setObjectName("canvas")
        self.setAccessibleName("Canvas")
        self.setAccessibleDescription("The network as a graph; the Outline panel shows it as a list.")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _listen(self) -> None:
        self.mouse.layers_requested.connect(self._insertion.open_at)
        self.mouse.layer_for_port_requested.connect(self._insertion.open_for_port)
        self.mouse.fixes_requested.connect(self._on_fixes_requested)
        self._getting_started.layer_requested.connect(self._insertion.open)
        self._getting_started.network_requested.connect(self._on_network_requested)
        self._session.graph_changed.connect(self._on_graph_changed)
        self._getting_started.setVisible(not self._session.graph.nodes)

    def _to_screen(self, place: QPointF) -> QPoint:
        return self.viewport().mapToGlobal(self.mapFromScene(place))

    def _on_fixes_requested(self, node_id: NodeId, place: QPointF) -> None:
        menu = self._menus.fix_menu(node_id)
        if menu is not None:
            menu.popup(self._to_screen(place))

    def _on_network_requested(self) -> None:
        dataset = self._studio.data.dataset
        editing.start_with_small_network(self._session, dataset.spec if dataset else None)

    def _on_graph_changed(self, change: GraphChanged) -> None:
        self._getting_started.setVisible(not change.graph.nodes)
