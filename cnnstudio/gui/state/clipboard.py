"""Copying, cutting, pasting and duplicating nodes."""

from __future__ import annotations

import json

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from cnnstudio.graph import Graph, GraphFormatError, graph_from_dict, graph_to_dict
from cnnstudio.graph.edit import copy_nodes
from cnnstudio.gui.state.editing import delete_selection
from cnnstudio.gui.state.session import Session

NODES_MIME = "application/x-cnnstudio-nodes"  # copied nodes: a graph as JSON
PASTE_OFFSET = 32.0  # canvas units


class CopiedNodes(QMimeData):
    """What this program has put on the clipboard."""


def copy_selection(session: Session) -> None:
    """Copy the selected nodes to the clipboard."""
    if not session.selection:
        return
    others = set(session.graph.nodes) - set(session.selection)
    text = json.dumps(graph_to_dict(session.graph.without(others)))
    data = CopiedNodes()
    data.setData(NODES_MIME, text.encode())
    data.setText(text)
    QGuiApplication.clipboard().setMimeData(data)


def cut_selection(session: Session) -> None:
    """Copy the selected nodes to the clipboard and delete them."""
    copy_selection(session)
    delete_selection(session)


def paste(session: Session) -> None:
    """Add the nodes on the clipboard under new names; any other content is ignored."""
    data = QGuiApplication.clipboard().mimeData()
    if data is None or not data.hasFormat(NODES_MIME):
        return
    try:
        clip = graph_from_dict(json.loads(bytes(data.data(NODES_MIME).data())))
    except (ValueError, GraphFormatError):
        return
    _paste(session, "Paste", clip)


def duplicate_selection(session: Session) -> None:
    """Add copies of the selected nodes next to them."""
    if session.selection:
        others = set(session.graph.nodes) - set(session.selection)
        _paste(session, "Duplicate", session.graph.without(others))


def leave_text() -> None:
    """Leave of our copied nodes only the text: Qt deletes the clipboard's contents when Python is gone, and crashes."""
    clipboard = QGuiApplication.clipboard()
    data = clipboard.mimeData()
    if isinstance(data, CopiedNodes):
        clipboard.setText(data.text())


def _paste(session: Session, text: str, clip: Graph) -> None:
    graph, new = copy_nodes(session.graph, clip, (PASTE_OFFSET, PASTE_OFFSET))
    session.edit_graph(text, graph, select=new)
