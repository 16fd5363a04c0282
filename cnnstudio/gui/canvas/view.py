"""The canvas as a widget: what people see and ask of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect
from PySide6.QtGui import QContextMenuEvent, QCursor, QFocusEvent, QHelpEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from cnnstudio.graph import NodeId
from cnnstudio.gui.canvas import menu
from cnnstudio.gui.canvas.keyboard import Keys
from cnnstudio.gui.canvas.minimap import Minimap
from cnnstudio.gui.canvas.mouse_view import MouseView
from cnnstudio.gui.canvas.overlays import FirstSteps, NameField
from cnnstudio.gui.canvas.ports import End, Port
from cnnstudio.gui.canvas.quick_add import QuickAdd
from cnnstudio.gui.canvas.scene import CanvasScene
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.session import GraphChanged
from cnnstudio.gui.state.studio import Studio
from cnnstudio.layers import Layer

SIDE = 72.0  # canvas units from a new node's port to its center, about
BORDER = 24  # pixels that are kept free around a node that is brought into view

Choose = Callable[[str], object]
Fits = Callable[[type[Layer]], bool]


class CanvasView(MouseView):
    """The graph editor. Until people move the view, all of the network stays in it."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(CanvasScene(studio), studio.theme, parent)
        self._studio, self._session = studio, studio.session
        self._keys = Keys(self, self.canvas)
        self._follows, self._fitting = True, False
        self._field: NameField | None = None
        self.setObjectName("canvas")
        self.setAccessibleName("Canvas")
        self.setAccessibleDescription("The network as nodes; the outline shows the same as a tree.")
        self._minimap = Minimap(self, self.canvas)
        self._steps = FirstSteps(self)
        self._steps.layer_wanted.connect(self.open_quick_add)
        self._steps.network_wanted.connect(self._on_network_wanted)
        self.layers_wanted.connect(self.offer_layers)
        self.layer_for_port_wanted.connect(self.offer_for_port)
        self.fixes_requested.connect(self.offer_fixes)
        self._session.opened.connect(self._on_opened)
        self._session.graph_changed.connect(self._on_graph_changed)
        self.view_moved.connect(self._on_view_moved)
        self._show_steps()

    def fit(self) -> None:
        """Show all of the network, at 100 % at most."""
        self._fitting = True
        self.show_rect(self.canvas.content(), most=1.0)
        self._fitting = False
        self._follows = True

    def bring_into_view(self, node_id: NodeId) -> None:
        """Move the view, if need be, so that a node can be seen."""
        area = self.canvas.nodes[node_id].area()
        if self.seen().contains(area):
            return
        if self._follows:
            self.fit()
        else:
            self.ensureVisible(area, BORDER, BORDER)

    @property
    def can_delete(self) -> bool:
        """Whether a node or an edge is selected."""
        return self.canvas.selected_edge is not None or bool(self._session.selection)

    def delete_selected(self) -> None:
        """Delete the selected nodes, or the selected edge."""
        if self.canvas.selected_edge is not None:
            editing.disconnect(self._session, self.canvas.selected_edge)
        else:
            editing.delete_selection(self._session)

    def rename_selected(self) -> None:
        """Let people type a new name on the selected node; the last one of several."""
        if not self._session.selection:
            return
        node_id = self._session.selection[-1]
        self.bring_into_view(node_id)
        self._field = NameField(self._session.graph.nodes[node_id].name, self)
        self._field.renamed.connect(partial(editing.rename, self._session, node_id))
        self._field.place(self._header_of(node_id))
        self._field.show()
        self._field.setFocus()

    def open_quick_add(self) -> None:
        """Offer all layers at the pointer; where that is on no free ground, for a place behind the selected node."""
        pixel = self.viewport().mapFromGlobal(QCursor.pos())
        place = self.mapToScene(pixel)
        if self.viewport().rect().contains(pixel) and self.canvas.node_at(place) is None:
            self.offer_layers(place)
        else:
            self._offer(self._place_of_selection(), partial(editing.add_layer, self._session), lambda layer: True)

    def offer_layers(self, place: QPointF) -> None:
        """Offer all layers; the chosen one is added at this place, into the edge that runs there."""
        edge = self.canvas.edge_at(place)
        at = (place.x(), place.y())
        self._offer(place, lambda kind: editing.add_layer(self._session, kind, at, edge), lambda layer: True)

    def offer_for_port(self, port: Port, place: QPointF) -> None:
        """Offer the layers that can be connected to the port; the chosen one is added with its port at this place."""
        session, forward = self._session, port.end is End.OUTPUT
        at = (place.x() + SIDE * self.canvas.nodes[port.node].side(port.end), place.y())

        def choose(kind: str) -> None:
            if forward:
                editing.add_after(session, kind, at, port.node)
            else:
                editing.add_before(session, kind, at, port.node, port.number)

        self._offer(place, choose, lambda layer: not layer().is_input if forward else not layer().is_output)

    def offer_fixes(self, node_id: NodeId, place: QPointF) -> None:
        """Show the ways to mend the node's problems."""
        made = menu.fix_menu(self._session, node_id, self)
        if made is not None:
            made.popup(self._pixel(place))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and self._keys.walk_by_tab(event):
            return True
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.canvas.tip_at(self.mapToScene(event.pos())), self.viewport())
            return True
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._keys.press(event):
            event.accept()
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._keys.release(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.hold_ground(held=False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        follows = self._follows
        super().resizeEvent(event)
        if follows:
            self.fit()
        self._steps.adjustSize()
        self._steps.move(self.rect().center() - self._steps.rect().center())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        place = self.mapToScene(event.pos()) if by_mouse else self._place_of_selection()
        self._menu_for(place).popup(self._pixel(place))

    def _menu_for(self, place: QPointF) -> QMenu:
        item, edge = self.canvas.node_at(place), self.canvas.edge_at(place)
        if item is not None:
            if item.node_id not in self._session.selection:
                self._session.select([item.node_id])
            return menu.node_menu(self._session, item.node_id, self.rename_selected, self)
        if edge is not None:
            self.canvas.select_edge(edge)
            return menu.edge_menu(self._session, edge, partial(self.offer_layers, place), self)
        return menu.ground_menu(self._session, partial(self.offer_layers, place), self.fit, self)

    def _offer(self, place: QPointF, choose: Choose, fits: Fits) -> None:
        quick_add = QuickAdd(self._studio.theme, fits, self)
        quick_add.chosen.connect(choose)
        quick_add.open_at(self._pixel(place))

    def _pixel(self, place: QPointF) -> QPoint:
        """Where a place on the plane is on the screen."""
        return self.viewport().mapToGlobal(self.mapFromScene(place))

    def _place_of_selection(self) -> QPointF:
        if self._session.selection:
            return self.canvas.nodes[self._session.selection[-1]].pos()
        return self.seen().center()

    def _header_of(self, node_id: NodeId) -> QRect:
        item = self.canvas.nodes[node_id]
        return self.mapFromScene(item.card.header.translated(item.pos())).boundingRect()

    def _show_steps(self) -> None:
        self._steps.setVisible(not self._session.graph.nodes)

    def _on_network_wanted(self) -> None:
        dataset = self._studio.data.dataset
        editing.start_with_small_network(self._session, dataset.spec if dataset else None)

    def _on_opened(self) -> None:
        self.fit()

    def _on_graph_changed(self, change: GraphChanged) -> None:
        self.drop_gesture()
        self._show_steps()
        if change.diff.added and self._follows and not self.seen().contains(self.canvas.content()):
            self.fit()

    def _on_view_moved(self) -> None:
        self._follows = self._fitting
        if self._field is not None:
            self._field.leave(take=True)
