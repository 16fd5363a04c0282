"""Where the numbers of a value lie in memory: blocks of samples, each (channels, rows, columns, samples)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from cnnstudio.engine.memory import ALIGNMENT
from cnnstudio.operations import Shape, Sides, elements

NO_BORDER: Sides = (0, 0, 0, 0)
CACHE_SET_PERIOD = 1024  # elements: maps a multiple of this apart compete for the same set of a cache
CACHE_SET_PADDING = 16  # elements by which such maps are moved apart
CACHE_LINE = 16  # elements


def aligned(size: int) -> int:
    """The size rounded up so that the next array begins on a cache line."""
    return -(-size // CACHE_LINE) * CACHE_LINE


def staggered(size: int) -> int:
    """The elements from one block of so many bytes to the next: an odd number of cache lines, so that blocks do not all
    begin in the same set of a cache.
    """
    lines = -(-size // ALIGNMENT)
    return (lines + 1 - lines % 2) * ALIGNMENT // 4


@dataclass(frozen=True)
class Layout:
    """The layout of one block: `lanes` samples side by side.

    A border of zeros (top, left, bottom, right) around every map saves convolutions from checking for edges.
    A flat shape (F,) counts as F maps of one pixel.
    """

    shape: Shape
    lanes: int
    border: Sides = NO_BORDER
    first: int = 0  # maps of other values that come before these in each block
    others: int = 0  # maps of other values in each block

    @property
    def maps(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        channels, height, width = (*self.shape, 1, 1)[:3]
        return channels, height, width

    @property
    def step(self) -> int:
        """Elements from one column to the next."""
        return self.lanes

    @property
    def row(self) -> int:
        """Elements from one row to the next."""
        return (self.border[1] + self.maps[2] + self.border[3]) * self.step

    @cached_property
    def plane(self) -> int:
        """Elements from one channel to the next."""
        size = (self.border[0] + self.maps[1] + self.border[2]) * self.row
        return size + CACHE_SET_PADDING if any(self.border) and size % CACHE_SET_PERIOD == 0 else size

    @property
    def origin(self) -> int:
        """The offset of the first element inside the border."""
        return self.first * self.plane + self.border[0] * self.row + self.border[1] * self.step

    @property
    def block(self) -> int:
        """Elements from one block of samples to the next."""
        return (self.maps[0] + self.others) * self.plane

    @property
    def contiguous(self) -> bool:
        """Whether the block holds nothing but these numbers, so that it can be viewed under other shapes."""
        return not any(self.border) and not self.others

    def part(self, first: int, count: int) -> Layout:
        """A range of the maps."""
        channels, *sides = self.shape
        return replace(self, shape=(count, *sides), first=self.first + first, others=self.others + channels - count)

    def under(self, shape: Shape) -> Layout:
        """The same memory viewed under another shape; only for contiguous layouts."""
        assert self.contiguous
        assert elements(shape) == elements(self.shape)
        return Layout(shape, self.lanes)

    def constants(self, name: str) -> dict[str, int]:
        """What the kernels' macro AT needs to find an element."""
        return {
            f"{name}_ORIGIN": self.origin,
            f"{name}_PLANE": self.plane,
            f"{name}_ROW": self.row,
            f"{name}_STEP": self.step,
        }
