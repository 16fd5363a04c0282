"""A node as it is painted: a card with its values on it. The scene tells it everything; it knows no graph."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from cnnstudio.graph import NodeId
from cnnstudio.gui.canvas.colors import DROP, SHADOW, Ink, faded, mix
from cnnstudio.gui.canvas.edge_item import READABLE
from cnnstudio.gui.canvas.node_layout import HEADER, ICON, LINE, MARGIN, Card, lay_out
from cnnstudio.gui.canvas.node_summary import Face
from cnnstudio.gui.canvas.ports import End, Mark, Port, heights, paint_port
from cnnstudio.gui.canvas.previews import Image
from cnnstudio.gui.look.theme import NODE_RADIUS

LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class NodeItem(QGraphicsItem):
    """Paints one node about its position, which is the card's center."""

    def __init__(self, node_id: NodeId, face: Face, image: Image, ink: Ink) -> None:
        super().__init__()
        self.node_id, self.face, self.ink = node_id, face, ink
        self.card: Card = lay_out(face, ink.fonts)
        self.flipped = False  # whether its inputs are on the right
        self._window = ImageItem(image, self)
        self._selected = self._hovered = False
        self._marks: dict[Port, Mark] = {}
        self._hovered_port: Port | None = None
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def show_face(self, face: Face) -> bool:
        """Show other words; returns whether the card's size or ports changed."""
        before, self.face = self.face, face
        card = lay_out(face, self.ink.fonts)
        moved = (card.rect, card.image) != (self.card.rect, self.card.image) or face.ports != before.ports
        if moved:
            self.prepareGeometryChange()
            self._window.prepareGeometryChange()
        self.card = card
        self.update()
        return moved

    def show_image(self, image: Image) -> None:
        """Show other values."""
        self._window.image = image
        self._window.update()

    def show_state(self, *, selected: bool | None = None, hovered: bool | None = None) -> None:
        """Say whether it is selected or under the pointer; None leaves it as it is."""
        state = (self._selected, self._hovered)
        self._selected = self._selected if selected is None else selected
        self._hovered = self._hovered if hovered is None else hovered
        if state != (self._selected, self._hovered):
            self.setZValue(1.0 if self._selected else 0.0)
            self.update()

    def show_ports(self, marks: dict[Port, Mark], hovered: Port | None = None) -> None:
        """Say which ports would accept a connection, and which is under the pointer."""
        if marks != self._marks or hovered != self._hovered_port:
            self._marks, self._hovered_port = marks, hovered
            self.update()

    @property
    def image(self) -> Image:
        """What it shows of its values."""
        return self._window.image

    @property
    def marks(self) -> dict[Port, Mark]:
        """What its ports show while a connection is dragged."""
        return self._marks

    def ports(self) -> list[Port]:
        """Its ports, inputs first."""
        inputs = [Port(self.node_id, End.INPUT, number) for number in range(self.face.ports)]
        return inputs + ([Port(self.node_id, End.OUTPUT)] if self.face.gives else [])

    def side(self, end: End) -> int:
        """-1 where the ports of this end are on the left, 1 on the right."""
        return 1 if (end is End.OUTPUT) != self.flipped else -1

    def port_point(self, port: Port) -> QPointF:
        """A port's center on the canvas."""
        rect = self.card.rect
        count = self.face.ports if port.end is End.INPUT else 1
        places = heights(count, rect.height() - HEADER - MARGIN)
        height = places[min(port.number, count - 1)] if places else 0.0
        return self.pos() + QPointF(self.side(port.end) * rect.width() / 2, height)

    def on_message(self, point: QPointF) -> bool:
        """Whether a point on the canvas lies on the problem that the node shows."""
        return bool(self.card.message) and self.card.message_rect.contains(point - self.pos())

    def area(self) -> QRectF:
        """The card on the canvas."""
        return self.card.rect.translated(self.pos())

    def boundingRect(self) -> QRectF:
        return self.card.rect.adjusted(-SHADOW, -SHADOW, SHADOW, SHADOW + DROP)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.card.rect)
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom = painter.worldTransform().m11()
        words = zoom >= READABLE
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if words:
            self._paint_shadow(painter)
        self._paint_card(painter, words)
        if not words and self.face.message:
            self._paint_icon(painter, QRectF(-HEADER / 2, self.card.header.top(), HEADER, HEADER))
        if words:
            self._paint_words(painter)
            if self.face.message:
                self._paint_message(painter)
            for port in self.ports():
                mark = self._marks.get(port, Mark.NONE)
                at = self.port_point(port) - self.pos()
                paint_port(painter, self.ink, at, port.end, mark, port == self._hovered_port)

    def _paint_shadow(self, painter: QPainter) -> None:
        rect = self.card.rect
        shadow = self.ink.shadow(round(rect.width()), round(rect.height()))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(rect.adjusted(-SHADOW, DROP - SHADOW, SHADOW, DROP + SHADOW), shadow, QRectF(shadow.rect()))

    def _paint_card(self, painter: QPainter, words: bool) -> None:
        """Ground, header and border."""
        ink, rect, header = self.ink, self.card.rect, self.card.header
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.card)
        painter.drawRoundedRect(rect, NODE_RADIUS, NODE_RADIUS)
        painter.setBrushOrigin(header.topLeft())
        painter.setBrush(ink.header(self.face.role, HEADER) if words else faded(ink.role(self.face.role), 0.75))
        painter.drawPath(self.card.header_path)
        if words:
            painter.setPen(QPen(ink.border, 1.0))
            painter.drawLine(header.bottomLeft(), header.bottomRight())
        border, width = self._border(words)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._selected:
            painter.setPen(QPen(faded(ink.accent, 0.35), 5.0))
            painter.drawRoundedRect(rect, NODE_RADIUS, NODE_RADIUS)
        painter.setPen(QPen(border, width))
        painter.drawRoundedRect(rect, NODE_RADIUS, NODE_RADIUS)

    def _border(self, words: bool) -> tuple[QColor, float]:
        ink, bold = self.ink, 1.0 if words else 2.0
        if self._selected:
            return ink.accent, 2.0 * bold
        if self.face.message:
            return ink.severity(self.face.warning), 1.5 * bold
        return (mix(ink.border, ink.dim, 0.5) if self._hovered else ink.border), 1.0

    def _paint_words(self, painter: QPainter) -> None:
        ink, card = self.ink, self.card
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.role(self.face.role))
        painter.drawRoundedRect(card.chip, 2.5, 2.5)
        painter.setPen(ink.text)
        painter.setFont(ink.fonts.title)
        painter.drawText(card.name_rect, LEFT, card.name)
        painter.setPen(ink.dim)
        painter.setFont(ink.fonts.small)
        painter.drawText(card.parameters_rect, RIGHT, self.face.parameters)
        painter.setFont(ink.fonts.caption)
        painter.drawText(card.summary_rect, LEFT, card.summary)
        line = QRectF(card.caption_at, card.rect.bottomRight()).adjusted(0.0, 0.0, -MARGIN, 0.0)
        for text in card.caption:
            line.setHeight(LINE)
            painter.drawText(line, LEFT, text)
            line.translate(0.0, LINE)

    def _paint_message(self, painter: QPainter) -> None:
        ink, face, rect = self.ink, self.face, self.card.message_rect
        color = ink.severity(face.warning)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mix(ink.card, color, 0.12))
        painter.drawPath(self.card.message_path)
        self._paint_icon(painter, QRectF(rect.left() + MARGIN, rect.top() + 7.0, ICON, ICON))
        line = QRectF(rect.left() + MARGIN + ICON + 4.0, rect.top() + 7.0, rect.width(), LINE)
        line.setRight(rect.right() - MARGIN)
        painter.setPen(ink.text)
        painter.setFont(ink.fonts.caption)
        for text in self.card.message:
            painter.drawText(line, LEFT, text)
            line.translate(0.0, LINE)
        if face.more:
            painter.setPen(ink.dim)
            painter.drawText(line, RIGHT, f"+ {face.more} more")
        if face.fixable:
            painter.setPen(ink.accent)
            painter.setFont(ink.fonts.strong)
            painter.drawText(line, LEFT, "Mend ▸")

    def _paint_icon(self, painter: QPainter, rect: QRectF) -> None:
        """The sign of a problem or warning."""
        name = "warning" if self.face.warning else "problem"
        pixmap = self.ink.theme.pixmap(name, name, int(ICON), 4.0)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(rect, pixmap, QRectF(pixmap.rect()))


class ImageItem(QGraphicsItem):
    """The part of a node that changes while the network trains; what is around it is kept as pixels meanwhile."""

    def __init__(self, image: Image, node: NodeItem) -> None:
        super().__init__(node)
        self.image, self._node = image, node

    def boundingRect(self) -> QRectF:
        return self._node.card.image

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom, ratio = painter.worldTransform().m11(), painter.device().devicePixelRatio()
        self.image.paint(painter, self._node.card.image, self._node.ink, zoom * ratio, zoom >= READABLE)
