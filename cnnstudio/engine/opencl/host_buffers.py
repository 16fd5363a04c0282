"""The part of a plan's memory that the host fills before a step and reads after it."""

from __future__ import annotations

from cnnstudio.engine.memory import ALIGNMENT
from cnnstudio.engine.opencl import step_header as header
from cnnstudio.engine.opencl.job import Port, Region


class HostMemory:
    """Hands out places, one after another. The header comes first."""

    def __init__(self) -> None:
        self.bytes = 0
        numbers = self.room(header.NUMBERS)
        self.header = self._piece("header", numbers, header.INTS, kind="int")
        self.flag = Port("flag", self._at(numbers, header.FLAG), kind="int", shared=True)
        self.settings = self._piece("settings", numbers, header.SETTINGS)
        self.results = Port("results", self._at(numbers, header.RESULTS), writes=True, reads=False)

    def room(self, numbers: int) -> Region:
        """Memory for so many numbers of four bytes."""
        region = Region("host", -(-4 * numbers // ALIGNMENT) * ALIGNMENT, self.bytes)
        self.bytes += region.size
        return region

    def _piece(self, name: str, region: Region, first: int, kind: str = "float") -> Port:
        return Port(name, self._at(region, first), kind=kind)

    def _at(self, region: Region, first: int) -> Region:
        return Region("host", 4, region.start + 4 * first)
