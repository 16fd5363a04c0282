"""The canvas shows the graph and follows every edit."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from cnnstudio.graph import Edge, arrange, check
from cnnstudio.gui.canvas.node_summary import NodeSummaries
from cnnstudio.gui.canvas.ports import Port, PortType
from cnnstudio.gui.canvas.view import CanvasView
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.studio import Studio
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.project import new_project

FLATTENED = Edge("pool1", "flatten")


def test_every_node_and_edge_is_shown(studio: Studio, view: CanvasView) -> None:
    graph = studio.session.graph
    assert view.graph_scene.nodes.keys() == graph.nodes.keys()
    assert view.graph_scene.edges.keys() == graph.edges
    for node_id, item in view.graph_scene.nodes.items():
        assert item.pos() == QPointF(*graph.nodes[node_id].position)


def test_a_node_shows_name_summary_parameters_and_shape(view: CanvasView) -> None:
    summary = view.graph_scene.nodes["conv1"].summary
    assert (summary.name, summary.subtitle, summary.parameters, summary.caption) == (
        "conv1",
        "3@3×3",
        "30",
        "3 × 7 × 7",
    )
    assert view.graph_scene.nodes["output"].summary.caption == "softmax · cross-entropy"
    assert view.graph_scene.tooltip_at(view.graph_scene.nodes["conv1"].pos()).startswith(
        "Convolution: 3 × 7 × 7, 30 parameters"
    )


def test_every_edge_shows_the_shape_of_its_data(view: CanvasView) -> None:
    assert view.graph_scene.edges[Edge("conv1", "relu1")].label == "3×7×7"
    assert view.graph_scene.edges[Edge("flatten", "fc1")].label == "48"


def test_an_edit_updates_the_items_in_place(studio: Studio, view: CanvasView) -> None:
    before = dict(view.graph_scene.nodes)
    layer = studio.session.graph.nodes["conv1"].layer
    editing.change_layer(studio.session, "conv1", layer.with_params(filters=5), "filters")
    assert view.graph_scene.nodes == before
    assert view.graph_scene.nodes["conv1"].summary.subtitle == "5@3×3"
    assert view.graph_scene.edges[Edge("relu1", "pool1")].label == "5×7×7"


def test_edges_follow_a_moved_node(studio: Studio, view: CanvasView) -> None:
    others = {key: item.pos() for key, item in view.graph_scene.nodes.items() if key != "relu1"}
    editing.move(studio.session, {"relu1": (400.0, 160.0)})
    assert view.graph_scene.nodes["relu1"].pos() == QPointF(400.0, 160.0)
    assert {key: view.graph_scene.nodes[key].pos() for key in others} == others
    assert (
        view.graph_scene.edge_at(view.graph_scene.port_point(Port("relu1", PortType.INPUT)) - QPointF(14.0, 0.0))
        is not None
    )


def test_undo_restores_nodes_and_edges(studio: Studio, view: CanvasView) -> None:
    studio.session.select(["relu1", "pool1"])
    editing.delete_selection(studio.session)
    assert "relu1" not in view.graph_scene.nodes
    assert Edge("conv1", "flatten") in view.graph_scene.edges
    studio.session.history.undo()
    assert view.graph_scene.edges.keys() == studio.session.graph.edges
    assert "relu1" in view.graph_scene.nodes


def test_a_problem_is_shown_on_its_node(studio: Studio, view: CanvasView) -> None:
    before = view.graph_scene.nodes["fc1"].area()
    editing.disconnect(studio.session, Edge("flatten", "fc1"))
    summary = view.graph_scene.nodes["fc1"].summary
    assert "drag from the output of another layer" in summary.message
    assert not summary.warning
    assert view.graph_scene.nodes["fc1"].area().height() > before.height()
    assert view.graph_scene.nodes["flatten"].summary.warning
    assert view.graph_scene.edges[Edge("fc1", "output")].label == ""
    studio.session.history.undo()
    assert view.graph_scene.nodes["fc1"].summary.message == ""


def test_a_join_has_one_free_port(studio: Studio, view: CanvasView) -> None:
    new = editing.add_layer(studio.session, "add", (0.0, 400.0))
    inputs = [port for port in view.graph_scene.nodes[new].ports() if port.type is PortType.INPUT]
    assert len(inputs) == 2
    for source in ("conv1", "relu1"):
        editing.connect(studio.session, source, new)
    inputs = [port for port in view.graph_scene.nodes[new].ports() if port.type is PortType.INPUT]
    assert len(inputs) == 3
    assert len({view.graph_scene.port_point(port).y() for port in inputs}) == 3


def test_input_has_no_port_on_the_left_and_output_none_on_the_right(view: CanvasView) -> None:
    assert [port.type for port in view.graph_scene.nodes["input"].ports()] == [PortType.OUTPUT]
    assert [port.type for port in view.graph_scene.nodes["output"].ports()] == [PortType.INPUT]


def test_ports_are_swapped_in_a_row_that_runs_left(view: CanvasView) -> None:
    nodes = view.graph_scene.nodes
    assert view.graph_scene.port_point(Port("conv1", PortType.OUTPUT)).x() > nodes["conv1"].x()
    assert view.graph_scene.port_point(Port("fc1", PortType.OUTPUT)).x() < nodes["fc1"].x()
    assert view.graph_scene.port_point(Port("fc1", PortType.INPUT)).x() > nodes["fc1"].x()


def test_the_selection_is_shown(studio: Studio, view: CanvasView) -> None:
    plain = view.grab().toImage()
    studio.session.select(["relu1"])
    assert view.grab().toImage() != plain
    studio.session.select([])
    assert view.grab().toImage() == plain


def test_a_theme_change_is_shown_at_once(studio: Studio, view: CanvasView) -> None:
    corner = view.viewport().rect().bottomRight()
    assert QColor(view.grab().toImage().pixel(corner)) == studio.theme.color("canvas")
    studio.theme.choose("light")
    assert QColor(view.grab().toImage().pixel(corner)) == studio.theme.color("canvas")
    card = view.graph_scene.nodes["conv1"].area().bottomRight() - QPointF(20.0, 4.0)
    shown = view.grab().toImage().pixelColor(view.mapFromScene(card))
    assert shown == studio.theme.color("raised")


def test_a_new_project_is_shown_completely(studio: Studio, view: CanvasView) -> None:
    studio.new(new_project("lenet5"))
    assert view.graph_scene.nodes.keys() == studio.session.graph.nodes.keys()
    assert view.zoom.visible_rect().contains(view.graph_scene.content())


def test_a_long_edge_avoids_the_nodes_in_between(studio: Studio, show: Callable[[Studio], CanvasView]) -> None:
    studio.session.edit("Open", new_project("resnet-small"))
    view = show(studio)
    skip = next(edge for edge in view.graph_scene.edges if edge.source == "relu1" and edge.target.startswith("add"))
    middle = view.graph_scene.edges[skip].middle()
    assert view.graph_scene.node_at(middle) is None


def test_an_edge_is_rerouted_around_a_node_moved_onto_it(studio: Studio, view: CanvasView) -> None:
    editing.move(studio.session, {"relu1": (1500.0, 0.0), "pool1": (1800.0, 400.0)})
    edge = view.graph_scene.edges[Edge("conv1", "relu1")]
    level = edge.middle().y()
    editing.move(studio.session, {"fc1": (edge.middle().x(), level)})
    assert abs(edge.middle().y() - level) > view.graph_scene.nodes["fc1"].area().height() / 2
    assert view.graph_scene.node_at(edge.middle()) is None


def test_no_text_is_painted_when_zoomed_out(studio: Studio, view: CanvasView) -> None:
    def colours() -> set[int]:
        place = view.mapFromScene(view.graph_scene.nodes["conv1"].area()).boundingRect()
        image = view.grab(place.adjusted(2, 1, -2, -2)).toImage()
        row = max(image.height() // 12, 1)
        return {image.pixel(x, row) for x in range(image.width() // 3, image.width())}

    view.zoom.set(1.0)
    assert len(colours()) > 4  # letters
    view.zoom.set(0.3)
    assert len(colours()) == 1  # a band of one colour


def test_overlapping_nodes_are_shown(studio: Studio, view: CanvasView) -> None:
    graph = studio.session.graph
    studio.session.edit_graph("Pile up", graph.with_positions(dict.fromkeys(graph.nodes, (0.0, 0.0))))
    assert view.grab().toImage().width() > 0
    studio.session.edit_graph("Arrange", arrange(studio.session.graph))
    wide = ConvolutionLayer(filters=16, kernel_size=(3, 3))
    editing.change_layer(studio.session, "conv1", wide, "filters")
    assert view.graph_scene.nodes["conv1"].area().height() > view.graph_scene.nodes["input"].area().height()


def test_a_card_says_how_many_of_its_maps_it_shows() -> None:
    graph = new_project("vgg-small").graph
    summaries = NodeSummaries()
    summaries.update(graph, check(graph))
    assert summaries["conv1"].caption == "32 × 32 × 32 · 16 of 32"
    assert summaries["input"].caption == "3 × 32 × 32"
