"""The layout of a node: where its header, preview, caption and message go, relative to the node's center."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from cnnstudio.gui.canvas.colors import Fonts, TextMetrics
from cnnstudio.gui.canvas.node_summary import NodeSummary
from cnnstudio.gui.look.array_images import GAP, tile_grid, tiled_image_size
from cnnstudio.gui.look.theme import NODE_RADIUS
from cnnstudio.operations import Shape

HEADER = 27.0
MARGIN = 10.0
CHIP = 9.0
LINE = 15.0  # height of a line of the caption or message
MIN_WIDTH, MAX_WIDTH = 112, 168
MESSAGE_WIDTH = 180  # width of a node with a message
MAX_MESSAGE_LINES = 6
ICON = 14.0
IMAGE_SIDE = 92  # longer side of the input image
MAPS_WIDTH = {1: 92, 2: 112, 3: 112, 4: 130}  # total width of feature maps, by the number of columns
SINGLE_ROW_WIDTH = 140  # total width of two or three feature maps in one row
MAX_PREVIEW_HEIGHT = 168
VECTOR_WIDTH = 112  # of a preview of a one-dimensional output
SCORE_ROW, SCORES_WIDTH = 14, 128


@dataclass(frozen=True, slots=True)
class NodeLayout:
    """Rectangles relative to the node's center, and the texts elided or wrapped to fit them."""

    rect: QRectF
    header: QRectF
    header_path: QPainterPath
    chip: QRectF
    name: str
    name_rect: QRectF
    subtitle: str
    subtitle_rect: QRectF
    parameters_rect: QRectF
    preview: QRectF
    caption: tuple[str, ...]
    caption_pos: QPointF
    message: tuple[str, ...]
    message_rect: QRectF
    message_path: QPainterPath


@lru_cache(maxsize=2048)
def lay_out(summary: NodeSummary, fonts: Fonts) -> NodeLayout:
    """Lay out a node's summary as compactly as possible."""
    preview = preview_size(summary)
    name_width = fonts.title_metrics.width(summary.name) + 1.0
    subtitle = f" · {summary.subtitle}" if summary.subtitle else ""
    numbers = fonts.small_metrics.width(summary.parameters)
    beside = 7.0 + numbers if summary.parameters else 0.0
    used = MARGIN + CHIP + 7.0 + beside + MARGIN
    wanted = used + name_width + fonts.caption_metrics.width(subtitle) + 1.0
    below_preview = bool(summary.parameters) and wanted > MAX_WIDTH  # the header has no room for the parameters
    if below_preview:
        used, wanted = used - beside, wanted - beside
    minimum = MESSAGE_WIDTH if summary.message else max(MIN_WIDTH, preview[0] + 2 * MARGIN)
    width = _even(max(minimum, min(wanted, MAX_WIDTH), preview[0] + 2 * MARGIN))
    name_width = min(name_width, width - used)
    caption_width = width - 2 * MARGIN - (beside if below_preview else 0.0)
    caption = wrap(summary.caption, fonts.caption_metrics, caption_width, 2)
    message = wrap(summary.message, fonts.caption_metrics, width - 2 * MARGIN - ICON - 4.0, MAX_MESSAGE_LINES)
    below = LINE * (len(message) + (summary.fixable or summary.more > 0)) + 14.0 if message else 0.0
    height = _even(HEADER + 8.0 + preview[1] + 5.0 + LINE * len(caption) + 7.0 + below)
    left, top = -width / 2, -height / 2
    before = left + MARGIN + CHIP + 7.0
    middle = top + HEADER + 8.0
    parameters_line = (middle + preview[1] + 5.0, LINE) if below_preview else (top, HEADER)
    return NodeLayout(
        rect=QRectF(left, top, width, height),
        header=QRectF(left, top, width, HEADER),
        header_path=_rounded_top(left, top, width),
        chip=QRectF(left + MARGIN, top + (HEADER - CHIP) / 2, CHIP, CHIP),
        name=fonts.title_metrics.elide(summary.name, name_width),
        name_rect=QRectF(before, top, name_width + 1.0, HEADER),
        subtitle=fonts.caption_metrics.elide(subtitle, width - used - name_width),
        subtitle_rect=QRectF(before + name_width, top, width - used - name_width + 1.0, HEADER),
        parameters_rect=QRectF(-left - MARGIN - numbers - 1.0, parameters_line[0], numbers + 1.0, parameters_line[1]),
        preview=QRectF(-(preview[0] // 2), middle, *preview),
        caption=caption,
        caption_pos=QPointF(left + MARGIN, middle + preview[1] + 5.0),
        message=message,
        message_rect=QRectF(left, -top - below, width, below),
        message_path=_rounded_bottom(QRectF(left + 1.0, -top - below, width - 2.0, below - 1.0))
        if message
        else QPainterPath(),
    )


def preview_size(summary: NodeSummary) -> tuple[int, int]:
    """Width and height of a node's preview."""
    shape = summary.shape
    if shape is None:
        return IMAGE_SIDE, 48
    if summary.lists_scores:
        return SCORES_WIDTH, SCORE_ROW * shape[0]
    if len(shape) == 3:
        return _limited(*(_image_size(shape) if summary.shows_image else _maps_size(shape)))
    return _limited(*tiled_image_size(shape, VECTOR_WIDTH))


def wrap(text: str, metrics: TextMetrics, width: float, max_lines: int) -> tuple[str, ...]:
    """The text wrapped to at most `max_lines` lines of this width; the last one is elided if there is more."""
    lines: list[str] = []
    rest = text.split()
    while rest and len(lines) < max_lines:
        taken = 1
        while taken < len(rest) and metrics.width(" ".join(rest[: taken + 1])) <= width:
            taken += 1
        last = len(lines) == max_lines - 1
        line = " ".join(rest if last else rest[:taken])
        lines.append(metrics.elide(line, width))
        rest = [] if last else rest[taken:]
    return tuple(lines)


def _image_size(shape: Shape) -> tuple[int, int]:
    _, height, width = shape
    side = IMAGE_SIDE / max(height, width)
    return round(width * side), round(height * side)


def _maps_size(shape: Shape) -> tuple[int, int]:
    columns, rows = tile_grid(shape)
    width = SINGLE_ROW_WIDTH if rows == 1 and columns > 1 else MAPS_WIDTH[columns]
    cell = (width - GAP * (columns - 1)) / columns
    return width, round(rows * cell * shape[1] / shape[2]) + GAP * (rows - 1)


def _limited(width: int, height: int) -> tuple[int, int]:
    """The size scaled down to the largest preview that a node may have."""
    scale = min(1.0, (MAX_WIDTH - 2 * MARGIN) / width, MAX_PREVIEW_HEIGHT / height)
    return max(round(width * scale), 4), max(round(height * scale), 4)


def _even(length: float) -> int:
    return 2 * -(-int(length + 0.999) // 2)


@lru_cache(maxsize=256)
def _rounded_top(left: float, top: float, width: float) -> QPainterPath:
    """A header with rounded top corners."""
    rect = QRectF(left, top, width, HEADER)
    path = QPainterPath(rect.bottomLeft())
    path.lineTo(rect.left(), rect.top() + NODE_RADIUS)
    path.quadTo(rect.topLeft(), rect.topLeft() + QPointF(NODE_RADIUS, 0.0))
    path.lineTo(rect.right() - NODE_RADIUS, rect.top())
    path.quadTo(rect.topRight(), rect.topRight() + QPointF(0.0, NODE_RADIUS))
    path.lineTo(rect.bottomRight())
    path.closeSubpath()
    return path


def _rounded_bottom(rect: QRectF) -> QPainterPath:
    """The rectangle with rounded bottom corners."""
    path = QPainterPath(rect.topLeft())
    path.lineTo(rect.topRight())
    path.lineTo(rect.right(), rect.bottom() - NODE_RADIUS)
    path.quadTo(rect.bottomRight(), rect.bottomRight() - QPointF(NODE_RADIUS, 0.0))
    path.lineTo(rect.left() + NODE_RADIUS, rect.bottom())
    path.quadTo(rect.bottomLeft(), rect.bottomLeft() - QPointF(0.0, NODE_RADIUS))
    path.closeSubpath()
    return path
