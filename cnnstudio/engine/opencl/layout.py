"""Where the numbers of a value lie in memory: blocks of samples, each (channels, rows, columns, samples)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from cnnstudio.operations import Shape, Sides, elements

NO_BORDER: Sides = (0, 0, 0, 0)
ODD_LINES = 16  # numbers by which maps are moved apart where they would all begin in the same set of a cache
CACHE_PERIOD = 1024  # numbers: maps a multiple of this apart meet in one set


@dataclass(frozen=True)
class Layout:
    """The places of one block's numbers, `lanes` samples side by side.

    A border of zeros (top, left, bottom, right) around every map spares convolutions all questions about edges.
    Rows of numbers, (F,), count as F maps of one pixel.
    """

    shape: Shape
    lanes: int
    border: Sides = NO_BORDER
    first: int = 0  # maps of others that lie before these in each block
    others: int = 0  # maps of others in each block

    @property
    def maps(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        channels, height, width = (*self.shape, 1, 1)[:3]
        return channels, height, width

    @property
    def step(self) -> int:
        """From one column to the next, in numbers."""
        return self.lanes

    @property
    def row(self) -> int:
        """From one row to the next."""
        return (self.border[1] + self.maps[2] + self.border[3]) * self.step

    @cached_property
    def plane(self) -> int:
        """From one channel to the next."""
        size = (self.border[0] + self.maps[1] + self.border[2]) * self.row
        return size + ODD_LINES if any(self.border) and size % CACHE_PERIOD == 0 else size

    @property
    def origin(self) -> int:
        """Where the first number inside the border lies."""
        return self.first * self.plane + self.border[0] * self.row + self.border[1] * self.step

    @property
    def block(self) -> int:
        """From one block of samples to the next."""
        return (self.maps[0] + self.others) * self.plane

    @property
    def plain(self) -> bool:
        """Whether nothing but the numbers themselves is there, so that other shapes fit the same memory."""
        return not any(self.border) and not self.others

    def part(self, first: int, count: int) -> Layout:
        """Some of the maps."""
        channels, *sides = self.shape
        return replace(self, shape=(count, *sides), first=self.first + first, others=self.others + channels - count)

    def under(self, shape: Shape) -> Layout:
        """The same memory under another shape; for plain layouts."""
        assert self.plain
        assert elements(shape) == elements(self.shape)
        return Layout(shape, self.lanes)

    def constants(self, name: str) -> dict[str, int]:
        """What the macro AT of the kernels needs to find a number."""
        return {
            f"{name}_ORIGIN": self.origin,
            f"{name}_PLANE": self.plane,
            f"{name}_ROW": self.row,
            f"{name}_STEP": self.step,
        }
