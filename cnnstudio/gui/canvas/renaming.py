"""Renames the selected node in place."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QGraphicsView

from cnnstudio.gui.canvas.auto_fit import AutoFit
from cnnstudio.gui.canvas.overlays import RenameField
from cnnstudio.gui.canvas.scene import CanvasScene
from cnnstudio.gui.canvas.zoom import Zoom
from cnnstudio.gui.state import editing


class Renaming(QObject):
    """Opens a text field on a node's header; moving the view closes it and accepts the name."""

    def __init__(self, view: QGraphicsView, zoom: Zoom, auto_fit: AutoFit, scene: CanvasScene) -> None:
        super().__init__(view)
        self._view, self._auto_fit, self._scene = view, auto_fit, scene
        self._field: RenameField | None = None
        zoom.moved.connect(self._on_moved)

    def begin(self) -> None:
        """Let the user type a new name for the node selected last."""
        session = self._scene.session
        if not session.selection:
            return
        node_id = session.selection[-1]
        self._auto_fit.bring_into_view(node_id)
        item = self._scene.nodes[node_id]
        header = self._view.mapFromScene(item.layout.header.translated(item.pos())).boundingRect()
        self._field = RenameField(session.graph.nodes[node_id].name, self._view)
        self._field.renamed.connect(partial(editing.rename, session, node_id))
        self._field.cover(header)
        self._field.show()
        self._field.setFocus()

    def _on_moved(self) -> None:
        if self._field is not None:
            self._field.close_field(accept=True)
