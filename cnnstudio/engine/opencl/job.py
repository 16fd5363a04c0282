"""A job: one kernel body with its arguments, and how many work items it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from cnnstudio.engine.memory import Buffer
from cnnstudio.engine.opencl.layout import Layout
from cnnstudio.operations import elements

Constant = int | float | str
MemorySpace = Literal["work", "common", "persistent", "host"]
ElementType = Literal["float", "int", "uchar", "ushort"]


@dataclass(frozen=True, eq=False)
class Region:
    """A piece of memory that kernels can reach.

    The space says how often it exists: "work" once for each block of samples, "common" once for a plan, "persistent"
    (weights and optimizer slots) once for all plans of a network, "host" once for a plan, readable by the host.
    """

    space: MemorySpace
    size: int  # bytes
    start: int = 0  # bytes; added to the offset of the buffer
    buffer: Buffer | None = None

    @classmethod
    def of(cls, buffer: Buffer, space: MemorySpace = "work") -> Region:
        """The region of an arena's buffer."""
        return cls(space, buffer.size, buffer=buffer)

    @property
    def offset(self) -> int:
        """Its first element, in units of four bytes; for an arena's buffer only known once the arena is packed."""
        start = self.start
        if self.buffer is not None:
            root = self.buffer
            while root.root is not None:
                root = root.root
            start += root.offset
        return start // 4

    def overlaps(self, other: Region) -> bool:
        """Whether the two share memory."""
        if self.space != other.space:
            return False
        return self.offset * 4 < other.offset * 4 + other.size and other.offset * 4 < self.offset * 4 + self.size


@dataclass(frozen=True)
class KernelArg:
    """A pointer argument of a kernel body.

    In "work" memory it points at the block of samples that a work item processes. In "host" memory blocks lie
    `block_size` elements apart.
    """

    name: str
    region: Region
    layout: Layout | None = None
    writes: bool = False
    reads: bool = True
    element_type: ElementType = "float"
    block_size: int = 0
    by_sample: bool = False  # without a layout: one element for each sample
    skip: int = 0  # elements of the region to skip
    atomic: bool = False  # written with atomic operations, so the order of writers does not matter

    @property
    def constants(self) -> dict[str, int]:
        """What the body must know of the layout."""
        return self.layout.constants(self.name.upper()) if self.layout else {}

    def named(self, name: str) -> KernelArg:
        """The same pointer under another parameter name."""
        return replace(self, name=name)

    def shifted(self, elements: int) -> KernelArg:
        """The same pointer, advanced by a number of elements."""
        return replace(self, skip=self.skip + elements)

    @property
    def declaration(self) -> str:
        """The parameter declaration in the body."""
        const = "" if self.writes or self.atomic else "const "
        return f"global {const}{self.element_type}* restrict {self.name}"


@dataclass(frozen=True)
class Value:
    """A value of a whole batch: its memory and layout."""

    layout: Layout
    region: Region
    shared: bool = False  # other values use the same memory at other times, so a border must be cleared

    def arg(self, name: str, *, writes: bool = False, element_type: ElementType = "float") -> KernelArg:
        """The value as an argument that is read, or (`writes`) written."""
        block_size = self.layout.block if self.region.space == "host" else 0
        return KernelArg(
            name,
            self.region,
            self.layout,
            writes=writes,
            reads=not writes,
            element_type=element_type,
            block_size=block_size,
        )

    def flat(self) -> Value:
        """The same numbers with shape (elements,); only for contiguous layouts."""
        return Value(self.layout.under((elements(self.layout.shape),)), self.region)


@dataclass(frozen=True)
class Epilogue:
    """What a kernel body does with each result: it defines the macro `EMIT(c, h, w, v)` and the arguments this needs.

    `body` is the kernel file that defines it, where a macro alone does not.
    """

    args: tuple[KernelArg, ...]
    constants: Mapping[str, Constant]
    body: str = ""


@dataclass(frozen=True)
class Job:
    """Work for the device, done by `count` work items for each block of samples, or (`all_blocks`) for the whole batch.

    A body that is `by_sample` processes one vector of samples at a time and runs once for each vector of a block.
    """

    kernel: str
    args: tuple[KernelArg, ...]
    constants: Mapping[str, Constant]
    count: int
    epilogue: Epilogue | None = None
    all_blocks: bool = False
    by_sample: bool = True
    reuses_weights: bool = False  # consecutive blocks of samples find the weights in the cache
    local_memory: int = 0  # bytes for each work item
    includes: tuple[str, ...] = ()
    also_reads: tuple[Region, ...] = ()  # memory that no argument names

    @property
    def all_args(self) -> tuple[KernelArg, ...]:
        """Those of the body and those of its epilogue."""
        extra = self.epilogue.args if self.epilogue else ()
        return (*self.args, *extra)

    @property
    def reads(self) -> list[Region]:
        """The memory it reads."""
        return [arg.region for arg in self.all_args if arg.reads] + list(self.also_reads)

    @property
    def writes(self) -> list[Region]:
        """The memory it writes."""
        return [arg.region for arg in self.all_args if arg.writes]
