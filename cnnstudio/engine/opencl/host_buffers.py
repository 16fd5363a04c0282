"""The part of a plan's memory that the host fills before a step and reads after it."""

from __future__ import annotations

from cnnstudio.engine.memory import ALIGNMENT
from cnnstudio.engine.opencl import step_header
from cnnstudio.engine.opencl.job import ElementType, KernelArg, Region


class HostBuffers:
    """Allocates regions one after another. The header of the step comes first."""

    def __init__(self) -> None:
        self.bytes = 0
        header = self.allocate(step_header.SIZE)
        self.header = self._part("header", header, step_header.INTS, "int")
        self.flag = KernelArg("flag", self._at(header, step_header.FLAG), element_type="int", atomic=True)
        self.settings = self._part("settings", header, step_header.SETTINGS)
        self.results = KernelArg("results", self._at(header, step_header.RESULTS), writes=True, reads=False)

    def allocate(self, size: int) -> Region:
        """A region for this many elements of four bytes."""
        region = Region("host", -(-4 * size // ALIGNMENT) * ALIGNMENT, self.bytes)
        self.bytes += region.size
        return region

    def _part(self, name: str, header: Region, first: int, element_type: ElementType = "float") -> KernelArg:
        return KernelArg(name, self._at(header, first), element_type=element_type)

    def _at(self, header: Region, first: int) -> Region:
        return Region("host", 4, header.start + 4 * first)
