"""How a node's card is laid out: sizes and places of header, image, caption and message, about the card's center."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainterPath

from cnnstudio.gui.canvas.colors import Fonts
from cnnstudio.gui.canvas.node_summary import Face
from cnnstudio.gui.look.array_images import GAP, tile_grid, tiled_image_size
from cnnstudio.gui.look.theme import NODE_RADIUS
from cnnstudio.operations import Shape

HEADER = 27.0
MARGIN = 10.0
CHIP = 9.0
LINE = 15.0  # a line of caption or message
NARROWEST, WIDEST = 112, 168
WITH_MESSAGE = 180  # width of a card that has something to say
MOST_LINES = 6  # of a message
ICON = 14.0
PHOTO = 92  # about how wide the image that comes in is shown
MAPS = {1: 92, 2: 112, 3: 112, 4: 130}  # how wide feature maps are together, by how many stand side by side
ONE_ROW = 140  # how wide two or three are that stand alone
TALLEST = 168  # of an image
VECTOR = 112  # about how wide a row of numbers is
VOTE_ROW, VOTES_WIDTH = 14, 128


@dataclass(frozen=True, slots=True)
class Card:
    """Rectangles about the card's center, and the texts as they fit in."""

    rect: QRectF
    header: QRectF
    header_path: QPainterPath
    chip: QRectF
    name: str
    name_rect: QRectF
    summary: str
    summary_rect: QRectF
    parameters_rect: QRectF
    image: QRectF
    caption: tuple[str, ...]
    caption_at: QPointF
    message: tuple[str, ...]
    message_rect: QRectF
    message_path: QPainterPath


@lru_cache(maxsize=2048)
def lay_out(face: Face, fonts: Fonts) -> Card:
    """Lay the face out on a card as small as it can be."""
    image = image_size(face)
    name_width = fonts.title_metrics.horizontalAdvance(face.name) + 1.0
    summary = f" · {face.summary}" if face.summary else ""
    numbers = fonts.small_metrics.horizontalAdvance(face.parameters)
    spent = MARGIN + CHIP + 7.0 + (7.0 + numbers if face.parameters else 0.0) + MARGIN
    wanted = spent + name_width + fonts.caption_metrics.horizontalAdvance(summary) + 1.0
    least = WITH_MESSAGE if face.message else max(NARROWEST, image[0] + 2 * MARGIN)
    width = _even(max(least, min(wanted, WIDEST), image[0] + 2 * MARGIN))
    name_width = min(name_width, width - spent)
    caption = wrap(face.caption, fonts.caption_metrics, width - 2 * MARGIN, 2)
    message = wrap(face.message, fonts.caption_metrics, width - 2 * MARGIN - ICON - 4.0, MOST_LINES)
    below = LINE * (len(message) + (face.fixable or face.more > 0)) + 14.0 if message else 0.0
    height = _even(HEADER + 8.0 + image[1] + 5.0 + LINE * len(caption) + 7.0 + below)
    left, top = -width / 2, -height / 2
    before = left + MARGIN + CHIP + 7.0
    middle = top + HEADER + 8.0
    return Card(
        rect=QRectF(left, top, width, height),
        header=QRectF(left, top, width, HEADER),
        header_path=_rounded_above(QRectF(left, top, width, HEADER)),
        chip=QRectF(left + MARGIN, top + (HEADER - CHIP) / 2, CHIP, CHIP),
        name=fonts.title_metrics.elidedText(face.name, Qt.TextElideMode.ElideRight, name_width),
        name_rect=QRectF(before, top, name_width + 1.0, HEADER),
        summary=fonts.caption_metrics.elidedText(summary, Qt.TextElideMode.ElideRight, width - spent - name_width),
        summary_rect=QRectF(before + name_width, top, width - spent - name_width + 1.0, HEADER),
        parameters_rect=QRectF(-left - MARGIN - numbers - 1.0, top, numbers + 1.0, HEADER),
        image=QRectF(-(image[0] // 2), middle, *image),
        caption=caption,
        caption_at=QPointF(left + MARGIN, middle + image[1] + 5.0),
        message=message,
        message_rect=QRectF(left, -top - below, width, below),
        message_path=_rounded_below(QRectF(left + 1.0, -top - below, width - 2.0, max(below - 1.0, 0.0))),
    )


def image_size(face: Face) -> tuple[int, int]:
    """Width and height of what the node shows of its values."""
    shape = face.shape
    if shape is None:
        return PHOTO, 48
    if face.votes:
        return VOTES_WIDTH, VOTE_ROW * shape[0]
    if len(shape) == 3:
        return _limited(*(_photo_size(shape) if face.shows_image else _tiles_size(shape)))
    return _limited(*tiled_image_size(shape, VECTOR))


def wrap(text: str, metrics: QFontMetricsF, width: float, most: int) -> tuple[str, ...]:
    """The text in lines that are no wider, the last one cut where there are too many."""
    lines: list[str] = []
    rest = text.split()
    while rest and len(lines) < most:
        taken = 1
        while taken < len(rest) and metrics.horizontalAdvance(" ".join(rest[: taken + 1])) <= width:
            taken += 1
        last = len(lines) == most - 1
        line = " ".join(rest if last else rest[:taken])
        lines.append(metrics.elidedText(line, Qt.TextElideMode.ElideRight, width))
        rest = [] if last else rest[taken:]
    return tuple(lines)


def _photo_size(shape: Shape) -> tuple[int, int]:
    _, height, width = shape
    side = PHOTO / max(height, width)
    return round(width * side), round(height * side)


def _tiles_size(shape: Shape) -> tuple[int, int]:
    columns, rows = tile_grid(shape)
    width = ONE_ROW if rows == 1 and columns > 1 else MAPS[columns]
    cell = (width - GAP * (columns - 1)) / columns
    return width, round(rows * cell * shape[1] / shape[2]) + GAP * (rows - 1)


def _limited(width: int, height: int) -> tuple[int, int]:
    """The size, made smaller where it is out of all proportion."""
    share = min(1.0, (WIDEST - 2 * MARGIN) / width, TALLEST / height)
    return max(round(width * share), 4), max(round(height * share), 4)


def _even(length: float) -> int:
    return 2 * -(-int(length + 0.999) // 2)


def _rounded_above(rect: QRectF) -> QPainterPath:
    """The rectangle with round corners at the top."""
    path = QPainterPath(rect.bottomLeft())
    path.lineTo(rect.left(), rect.top() + NODE_RADIUS)
    path.quadTo(rect.topLeft(), rect.topLeft() + QPointF(NODE_RADIUS, 0.0))
    path.lineTo(rect.right() - NODE_RADIUS, rect.top())
    path.quadTo(rect.topRight(), rect.topRight() + QPointF(0.0, NODE_RADIUS))
    path.lineTo(rect.bottomRight())
    path.closeSubpath()
    return path


def _rounded_below(rect: QRectF) -> QPainterPath:
    """The rectangle with round corners at the bottom."""
    path = QPainterPath(rect.topLeft())
    path.lineTo(rect.topRight())
    path.lineTo(rect.right(), rect.bottom() - NODE_RADIUS)
    path.quadTo(rect.bottomRight(), rect.bottomRight() - QPointF(NODE_RADIUS, 0.0))
    path.lineTo(rect.left() + NODE_RADIUS, rect.bottom())
    path.quadTo(rect.bottomLeft(), rect.bottomLeft() - QPointF(0.0, NODE_RADIUS))
    path.closeSubpath()
    return path
