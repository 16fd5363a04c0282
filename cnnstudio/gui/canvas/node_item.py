"""A node on the canvas: a card with a header, a preview of its output, a caption and ports. It knows no graph."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from cnnstudio.graph import NodeId
from cnnstudio.gui.canvas.colors import DROP, SHADOW, CanvasColors, mix, with_alpha
from cnnstudio.gui.canvas.edge_item import READABLE_ZOOM
from cnnstudio.gui.canvas.node_layout import HEADER, ICON, LINE, MARGIN, NodeLayout, lay_out
from cnnstudio.gui.canvas.node_summary import NodeSummary
from cnnstudio.gui.canvas.ports import Port, PortState, PortType, paint_port, port_offsets
from cnnstudio.gui.canvas.previews import Preview
from cnnstudio.gui.look.theme import NODE_RADIUS

LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
OUTDATED_OPACITY = 0.3


class NodeItem(QGraphicsItem):
    """Paints one node; its position is the card's center."""

    def __init__(self, node_id: NodeId, summary: NodeSummary, preview: Preview, colors: CanvasColors) -> None:
        super().__init__()
        self.node_id, self.summary, self.colors = node_id, summary, colors
        self.layout: NodeLayout = lay_out(summary, colors.fonts)
        self.flipped = False  # inputs on the right, output on the left
        self._preview_item = PreviewItem(preview, self.layout.preview, colors, self)
        self._selected = self._hovered = False
        self._port_states: dict[Port, PortState] = {}
        self._hovered_port: Port | None = None
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def show_summary(self, summary: NodeSummary) -> bool:
        """Show this summary; returns whether the card's size or ports have changed."""
        before, self.summary = self.summary, summary
        layout = lay_out(summary, self.colors.fonts)
        ports_changed = summary.input_ports != before.input_ports
        moved = (layout.rect, layout.preview) != (self.layout.rect, self.layout.preview) or ports_changed
        if moved:
            self.prepareGeometryChange()
            self._preview_item.fill(layout.preview)
        self.layout = layout
        self.update()
        return moved

    def show_preview(self, preview: Preview, *, outdated: bool = False) -> None:
        """Show this preview, faded where it is out of date."""
        self._preview_item.setOpacity(OUTDATED_OPACITY if outdated else 1.0)
        if preview is not self._preview_item.preview:
            self._preview_item.preview = preview
            self._preview_item.update()

    def show_colors(self, colors: CanvasColors) -> None:
        """Paint with these colors."""
        self.colors = self._preview_item.colors = colors
        self.update()  # its cached pixels, too, which the scene's update does not renew

    def show_state(self, *, selected: bool | None = None, hovered: bool | None = None) -> None:
        """Show the node as selected or hovered; None leaves a state unchanged."""
        state = (self._selected, self._hovered)
        self._selected = self._selected if selected is None else selected
        self._hovered = self._hovered if hovered is None else hovered
        if state != (self._selected, self._hovered):
            self.setZValue(1.0 if self._selected else 0.0)
            self.update()

    def show_ports(self, port_states: dict[Port, PortState], hovered: Port | None = None) -> None:
        """Show the state of ports during a drag, and which port is hovered."""
        if port_states != self._port_states or hovered != self._hovered_port:
            self._port_states, self._hovered_port = port_states, hovered
            self.update()

    @property
    def preview(self) -> Preview:
        """The preview of its output that it shows."""
        return self._preview_item.preview

    @property
    def outdated(self) -> bool:
        """Whether the preview is shown as out of date."""
        return self._preview_item.opacity() < 1.0

    @property
    def port_states(self) -> dict[Port, PortState]:
        """The states of its ports while a connection is dragged; ports not listed are normal."""
        return self._port_states

    def ports(self) -> list[Port]:
        """Its ports, inputs first."""
        inputs = [Port(self.node_id, PortType.INPUT, number) for number in range(self.summary.input_ports)]
        return inputs + ([Port(self.node_id, PortType.OUTPUT)] if self.summary.has_output else [])

    def side(self, port_type: PortType) -> int:
        """-1 if ports of this type are on the left, 1 if on the right."""
        return 1 if (port_type is PortType.OUTPUT) != self.flipped else -1

    def port_point(self, port: Port) -> QPointF:
        """A port's center in scene coordinates."""
        rect = self.layout.rect
        count = self.summary.input_ports if port.type is PortType.INPUT else 1
        offsets = port_offsets(count, rect.height() - HEADER - MARGIN)
        height = offsets[min(port.number, count - 1)] if offsets else 0.0
        return self.pos() + QPointF(self.side(port.type) * rect.width() / 2, height)

    def on_message(self, point: QPointF) -> bool:
        """Whether a point in scene coordinates is on the problem message."""
        return bool(self.layout.message) and self.layout.message_rect.contains(point - self.pos())

    def area(self) -> QRectF:
        """The card in scene coordinates."""
        return self.layout.rect.translated(self.pos())

    def boundingRect(self) -> QRectF:
        return self.layout.rect.adjusted(-SHADOW, -SHADOW, SHADOW, SHADOW + DROP)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.layout.rect)
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom = painter.worldTransform().m11()
        readable = zoom >= READABLE_ZOOM
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if readable:
            self._paint_shadow(painter)
        self._paint_card(painter, readable)
        if not readable and self.summary.message:
            self._paint_icon(painter, QRectF(-HEADER / 2, self.layout.header.top(), HEADER, HEADER))
        if readable:
            self._paint_text(painter)
            if self.summary.message:
                self._paint_message(painter)
            for port in self.ports():
                state = self._port_states.get(port, PortState.NORMAL)
                at = self.port_point(port) - self.pos()
                paint_port(painter, self.colors, at, port.type, state, port == self._hovered_port)

    def _paint_shadow(self, painter: QPainter) -> None:
        rect = self.layout.rect
        shadow = self.colors.shadow(round(rect.width()), round(rect.height()))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(rect.adjusted(-SHADOW, DROP - SHADOW, SHADOW, DROP + SHADOW), shadow, QRectF(shadow.rect()))

    def _paint_card(self, painter: QPainter, readable: bool) -> None:
        """Paint background, header and border."""
        colors, rect, header = self.colors, self.layout.rect, self.layout.header
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.card)
        painter.drawRoundedRect(rect, NODE_RADIUS, NODE_RADIUS)
        painter.setBrushOrigin(header.topLeft())
        painter.setBrush(
            colors.header(self.summary.role, HEADER) if readable else with_alpha(colors.role(self.summary.role), 0.75)
        )
        painter.drawPath(self.layout.header_path)
        if readable:
            painter.setPen(QPen(colors.border, 1.0))
            painter.drawLine(header.bottomLeft(), header.bottomRight())
        border, width = self._border(readable)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._selected:
            painter.setPen(QPen(with_alpha(colors.accent, 0.35), 5.0))
            painter.drawRoundedRect(rect, NODE_RADIUS, NODE_RADIUS)
        painter.setPen(QPen(border, width))
        painter.drawRoundedRect(rect, NODE_RADIUS, NODE_RADIUS)

    def _border(self, readable: bool) -> tuple[QColor, float]:
        colors, bold = self.colors, 1.0 if readable else 2.0
        if self._selected:
            return colors.accent, 2.0 * bold
        if self.summary.message:
            return colors.severity(self.summary.warning), 1.5 * bold
        return (mix(colors.border, colors.dim, 0.5) if self._hovered else colors.border), 1.0

    def _paint_text(self, painter: QPainter) -> None:
        colors, layout = self.colors, self.layout
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.role(self.summary.role))
        painter.drawRoundedRect(layout.chip, 2.5, 2.5)
        painter.setPen(colors.text)
        painter.setFont(colors.fonts.title)
        painter.drawText(layout.name_rect, LEFT, layout.name)
        painter.setPen(colors.dim)
        painter.setFont(colors.fonts.small)
        painter.drawText(layout.parameters_rect, RIGHT, self.summary.parameters)
        painter.setFont(colors.fonts.caption)
        painter.drawText(layout.subtitle_rect, LEFT, layout.subtitle)
        line = QRectF(layout.caption_pos, layout.rect.bottomRight()).adjusted(0.0, 0.0, -MARGIN, 0.0)
        for text in layout.caption:
            line.setHeight(LINE)
            painter.drawText(line, LEFT, text)
            line.translate(0.0, LINE)

    def _paint_message(self, painter: QPainter) -> None:
        colors, summary, rect = self.colors, self.summary, self.layout.message_rect
        color = colors.severity(summary.warning)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mix(colors.card, color, 0.12))
        painter.drawPath(self.layout.message_path)
        self._paint_icon(painter, QRectF(rect.left() + MARGIN, rect.top() + 7.0, ICON, ICON))
        line = QRectF(rect.left() + MARGIN + ICON + 4.0, rect.top() + 7.0, rect.width(), LINE)
        line.setRight(rect.right() - MARGIN)
        painter.setPen(colors.text)
        painter.setFont(colors.fonts.caption)
        for text in self.layout.message:
            painter.drawText(line, LEFT, text)
            line.translate(0.0, LINE)
        if summary.more:
            painter.setPen(colors.dim)
            painter.drawText(line, RIGHT, f"+ {summary.more} more")
        if summary.fixable:
            painter.setPen(colors.accent)
            painter.setFont(colors.fonts.strong)
            painter.drawText(line, LEFT, "Fix ▸")

    def _paint_icon(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the icon of a problem or warning."""
        name = "warning" if self.summary.warning else "problem"
        pixmap = self.colors.theme.pixmap(name, name, int(ICON), 4.0)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(rect, pixmap, QRectF(pixmap.rect()))


class PreviewItem(QGraphicsItem):
    """The preview in a node: an item of its own, so that the rest of the node stays cached while a network trains.

    It does not refer to its node, so that both are deleted as soon as the scene lets go of them.
    """

    def __init__(self, preview: Preview, rect: QRectF, colors: CanvasColors, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self.preview, self.colors = preview, colors
        self._rect = rect

    def fill(self, rect: QRectF) -> None:
        """Fill this rectangle, in the node's coordinates."""
        self.prepareGeometryChange()
        self._rect = rect

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom, ratio = painter.worldTransform().m11(), painter.device().devicePixelRatio()
        self.preview.paint(painter, self._rect, self.colors, zoom * ratio, zoom >= READABLE_ZOOM)
