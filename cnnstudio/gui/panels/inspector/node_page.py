"""The inspector's page for one layer: problems, name, parameters, arithmetic, filters and help."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnstudio.graph import NodeId, Report
from cnnstudio.gui.panels.inspector.arithmetic import ArithmeticBox, arithmetic_lines
from cnnstudio.gui.panels.inspector.feature_maps import FeatureMapsSection
from cnnstudio.gui.panels.inspector.image_grid import ImageGrid
from cnnstudio.gui.panels.inspector.weight_images import weight_images
from cnnstudio.gui.panels.shared.problem_list import ProblemList
from cnnstudio.gui.state import editing
from cnnstudio.gui.state.session import GraphChanged
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.widgets.forms.form_layout import LABEL_WIDTH, ROW_GAP, form_layout
from cnnstudio.gui.widgets.forms.spec_form import SpecForm
from cnnstudio.gui.widgets.forms.text_field import TextField
from cnnstudio.gui.widgets.labels import Caption, FieldLabel, Heading, tooltip
from cnnstudio.gui.widgets.outdated_frame import OutdatedFrame
from cnnstudio.layers import Layer


class NodePage(QWidget):
    """Shows a node and keeps up with its edits. Each layer type's form is created once and reused."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._session = studio, studio.session
        self._node_id: NodeId = ""
        self._forms: dict[type[Layer], SpecForm] = {}
        self._unfolded = False
        self._problems = ProblemList(studio.session, studio.theme, named=False)
        self._name = TextField()
        self._name.setObjectName("node_name")
        self._name.setAccessibleName("Name")
        self._name.setToolTip(tooltip("The layer's name on the canvas and in exported files; must be unique."))
        names = form_layout()
        label = FieldLabel("Name", self._name)
        label.setFixedWidth(LABEL_WIDTH)
        names.addRow(label, self._name)
        self._arithmetic = ArithmeticBox(studio.theme)
        self._filters_heading, self._filters, self._filters_note = Heading(), ImageGrid(), Caption()
        self._filters_heading.setObjectName("filters_heading")
        self._filters_frame = OutdatedFrame(
            studio.theme, self._filters, "filters", "Update", "Build the network again.", studio.live.refresh
        )
        self._maps = FeatureMapsSection(studio)
        self._help = Caption()
        self._form_slot = QVBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(ROW_GAP)
        column.addWidget(self._problems)
        column.addLayout(names)
        column.addLayout(self._form_slot)
        column.addSpacing(4)
        column.addWidget(self._arithmetic)
        column.addSpacing(8)
        column.addWidget(self._filters_heading)
        column.addWidget(self._filters_frame)
        column.addWidget(self._filters_note)
        column.addWidget(self._maps)
        column.addWidget(self._help)
        column.addStretch(1)
        self._name.entered.connect(self._on_name_entered)
        studio.session.graph_changed.connect(self._on_graph_changed)
        studio.session.report_changed.connect(self._on_report_changed)
        studio.shown.changed.connect(self._on_shown_changed)

    def show_node(self, node_id: NodeId) -> None:
        """Show another node."""
        self._node_id = node_id
        self._show_layer()
        self._show_report()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._shown:
            self._show_filters()

    def _show_layer(self) -> None:
        node = self._session.graph.nodes[self._node_id]
        self._name.show_text(node.name)
        self._help.setText(" ".join(node.layer.help().split()))
        form = self._forms.get(type(node.layer))
        if form is None:
            form = self._forms[type(node.layer)] = SpecForm(node.layer)
            form.edited.connect(self._on_edited)
            self._form_slot.addWidget(form)
        for other in self._forms.values():
            if other is not form and not other.isHidden():
                self._unfolded = other.expanded
                other.hide()
        if form.isHidden():
            form.expand(self._unfolded)
        form.show_spec(node.layer)
        form.show()

    def _show_report(self) -> None:
        """Update what is computed from the graph: problems, arithmetic, filters."""
        graph, report = self._session.graph, self._session.report
        node, block = graph.nodes[self._node_id], report.blocks.get(self._node_id)
        problems = [problem for problem in report.problems if problem.node == self._node_id]
        self._problems.show_problems(problems)
        self._problems.setVisible(bool(problems))
        self._arithmetic.setVisible(block is not None)
        if block is not None:
            inputs = [report.blocks[edge.source].output_shape for edge in graph.inputs(self._node_id)]
            self._arithmetic.show_lines(arithmetic_lines(node.layer, inputs, block))
        self._show_filters()
        self._maps.show_node(self._node_id)

    def _show_filters(self) -> None:
        live, graph = self._studio.live, self._session.graph
        network = live.network
        images = weight_images(network, graph, self._session.report, self._node_id) if network else None
        for widget in (self._filters_heading, self._filters_frame):
            widget.setVisible(images is not None)
        self._filters_note.setVisible(images is not None and len(images.images) < images.count)
        if images is not None:
            state = "trained" if live.is_trained(images.weight) else "initial"
            self._filters_heading.show_text(f"{images.heading} ({state})")
            shown = self._studio.shown
            outdated = "" if live.up_to_date else shown.outdated
            self._filters_frame.show_outdated(outdated, computing=shown.computing)
            self._filters.show_images(images)
            self._filters_note.setText(f"Showing {len(images.images)} of {images.count}.")

    @property
    def _shown(self) -> bool:
        return self._session.selection == (self._node_id,) and self._node_id in self._session.graph.nodes

    def _on_graph_changed(self, change: GraphChanged) -> None:
        if self._shown and self._node_id in change.diff.changed:
            self._show_layer()

    def _on_report_changed(self, report: Report) -> None:
        if self._shown:
            self._show_report()

    def _on_shown_changed(self) -> None:
        if self._shown and self.isVisible():
            self._show_filters()

    def _on_name_entered(self, name: str) -> None:
        editing.rename(self._session, self._node_id, name)
        if self._shown:
            self._name.show_text(self._session.graph.nodes[self._node_id].name)

    def _on_edited(self, layer: Layer, param: str) -> None:
        editing.change_layer(self._session, self._node_id, layer, param)
