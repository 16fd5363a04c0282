"""The filters of a layer as images: blue below zero, red above."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnstudio.array import Array
from cnnstudio.engine.network import Network
from cnnstudio.graph import Graph, NodeId, Report
from cnnstudio.gui.look.array_images import array_to_image, filter_tiles

MOST = 32  # filters that are shown
MOST_CHANNELS = 8  # maps beside each other that a unit's weights are shown as
GAP = 4  # pixels
LARGEST = 44  # pixels that a tile is wide


@dataclass(frozen=True, eq=False)
class Tiles:
    """Images (n, H, W) to show, so many in a row, of `count` that there are; and what they are."""

    images: Array
    columns: int
    count: int
    what: str


def tiles_of(network: Network, graph: Graph, report: Report, node_id: NodeId) -> Tiles | None:
    """What the layer looks for, where that is an image: a convolution's filters, the maps that a unit sums up."""
    arrays = network.weights.arrays
    weight = arrays.get(f"{node_id}.weight", arrays.get(f"{node_id}.depthwise_weight"))
    if weight is None:
        return None
    if weight.ndim == 4 and min(weight.shape[2:]) > 1:
        tiles = filter_tiles(weight.swapaxes(0, graph.nodes[node_id].layer.filter_axis))
        return Tiles(tiles[:MOST].copy(), len(tiles) if len(tiles) <= 6 else 8, len(tiles), "filters")
    maps = _maps_before(graph, report, node_id) if weight.ndim == 2 else None
    if maps is None or weight.shape[1] != maps[0] * maps[1] * maps[2] or min(maps[1:]) < 2 or maps[0] > MOST_CHANNELS:
        return None
    units = min(len(weight), MOST // maps[0])
    images = weight[:units].reshape(units * maps[0], *maps[1:]).copy()
    return Tiles(images, maps[0] if maps[0] > 1 else min(units, 8), len(weight) * maps[0], "units")


def _maps_before(graph: Graph, report: Report, node_id: NodeId) -> tuple[int, int, int] | None:
    """The shape (C, H, W) of the maps that Flatten put in a row for this layer."""
    for edge in graph.inputs(node_id):
        source = report.blocks.get(edge.source)
        if source is not None and source.only_reshapes:
            for before in graph.inputs(edge.source):
                shape = report.shape(before.source)
                if shape is not None and len(shape) == 3:
                    return shape[0], shape[1], shape[2]
    return None


class FilterTiles(QWidget):
    """Paints tiles side by side, as large as the width lets them be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles: Tiles | None = None
        self.setObjectName("filters")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_tiles(self, tiles: Tiles) -> None:
        """Show others, or the same after they have learned."""
        before, self._tiles = self._tiles, tiles
        if before is None or before.images.shape != tiles.images.shape or before.columns != tiles.columns:
            self.setAccessibleName(f"{len(tiles.images)} of {tiles.count} {tiles.what}, as images")
            self._fit()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._tiles is None:
            return
        count, height, width = self._tiles.images.shape
        strip = array_to_image(self._tiles.images.reshape(1, count * height, width), width, count * height, signed=True)
        across, down = self._tile_size(self.width())
        painter = QPainter(self)
        for index in range(count):
            row, column = divmod(index, self._tiles.columns)
            place = QRectF(column * (across + GAP), row * (down + GAP), across, down)
            painter.drawImage(place, strip, QRectF(0, index * height, width, height))

    def _fit(self) -> None:
        """Be as high as the tiles are at this width."""
        if self._tiles is not None:
            rows = -(-len(self._tiles.images) // self._tiles.columns)
            self.setFixedHeight(round(rows * (self._tile_size(self.width())[1] + GAP) - GAP))

    def _tile_size(self, width: int) -> tuple[float, float]:
        assert self._tiles is not None
        columns = self._tiles.columns
        across = min((width - GAP * (columns - 1)) / columns, LARGEST)
        return across, across * self._tiles.images.shape[1] / self._tiles.images.shape[2]
