"""A field or menu may outlive the layer it belongs to: Undo takes the layer away, then the field commits."""

from __future__ import annotations

from cnnstudio.graph import Edge
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio


def test_editing_a_layer_removed_by_undo_changes_nothing(studio: Studio) -> None:
    session = studio.session
    source = session.graph.input_nodes[0].id
    gone = editing.add_layer(session, "dropout")
    layer = session.graph.nodes[gone].layer
    edge = next(e for e in session.graph.edges if gone in (e.source, e.target))
    session.history.undo()
    before = session.project
    editing.rename(session, gone, "late")
    editing.change_layer(session, gone, layer, "rate")
    editing.move(session, {gone: (0.0, 0.0)})
    editing.disconnect(session, edge)
    editing.reroute(session, edge, source, 0)
    editing.insert_into_edge(session, gone, Edge(source, gone), (0.0, 0.0))
    assert editing.connect(session, source, gone) == "The layer is gone."
    assert session.project == before
