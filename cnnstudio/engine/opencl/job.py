"""A job: one kernel body with the memory it reads and writes, and how many work items it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cnnstudio.engine.memory import Buffer
from cnnstudio.engine.opencl.layout import Layout
from cnnstudio.operations import elements

Constant = int | float | str


@dataclass(frozen=True, eq=False)
class Region:
    """A piece of a device's memory.

    `space` says of which: `work` has its like for each block of samples, `common` is there once for a plan, `kept`
    (weights and what outlasts a plan) once for all plans, `host` is what the host reaches.
    """

    space: str
    size: int  # bytes
    start: int = 0  # bytes; an arena's buffer says its own
    buffer: Buffer | None = None

    @classmethod
    def of(cls, buffer: Buffer, space: str = "work") -> Region:
        """The place of an arena's buffer."""
        return cls(space, buffer.size, buffer=buffer)

    @property
    def offset(self) -> int:
        """Where it starts, in numbers of four bytes; for an arena's buffer known once the arena is packed."""
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
class Port:
    """One pointer of a kernel body.

    In memory that each block of samples has, it points at the block (and sample) that a work item is about; so it does
    in the host's, where the pieces of neighbouring blocks are `block` numbers apart.
    """

    name: str
    region: Region
    layout: Layout | None = None
    writes: bool = False
    reads: bool = True
    kind: str = "float"
    block: int = 0
    by_sample: bool = False  # without a layout: one number a sample
    skip: int = 0  # numbers of the region that lie before those meant
    shared: bool = False  # written by atomic operations, in any order with others that do so

    @property
    def constants(self) -> dict[str, int]:
        """What the body must know of the layout."""
        return self.layout.constants(self.name.upper()) if self.layout else {}

    def named(self, name: str) -> Port:
        """The same memory under the name by which a body knows it."""
        return replace(self, name=name)

    def later(self, numbers: int) -> Port:
        """The same memory from a later number on."""
        return replace(self, skip=self.skip + numbers)

    @property
    def declaration(self) -> str:
        """As the body's parameter."""
        const = "" if self.writes or self.shared else "const "
        return f"global {const}{self.kind}* restrict {self.name}"


@dataclass(frozen=True)
class Value:
    """Numbers of a whole batch, and where they lie."""

    layout: Layout
    region: Region
    shared: bool = False  # others use the memory at other moments, so that a border must be cleared

    def port(self, name: str, *, writes: bool = False, kind: str = "float") -> Port:
        """The value as a pointer of a body."""
        block = self.layout.block if self.region.space == "host" else 0
        return Port(name, self.region, self.layout, writes=writes, reads=not writes, kind=kind, block=block)

    def flat(self) -> Value:
        """The same numbers in a row; for plain layouts."""
        return Value(self.layout.under((elements(self.layout.shape),)), self.region)


@dataclass(frozen=True)
class Sink:
    """How a body hands on what it computes for a place: `EMIT(c, h, w, v)` with the ports that this takes.

    `body` is the kernel text that defines it, if a macro alone does not.
    """

    ports: tuple[Port, ...]
    constants: Mapping[str, Constant]
    body: str = ""


@dataclass(frozen=True)
class Job:
    """Work for the device.

    `count` work items do it for each block of samples, or for all blocks where `whole` says so. `by_sample` tells that
    a body treats one vector of samples at a time and needs to be run for each vector of a block.
    """

    kernel: str
    ports: tuple[Port, ...]
    constants: Mapping[str, Constant]
    count: int
    sink: Sink | None = None
    whole: bool = False
    by_sample: bool = True
    reuses_weights: bool = False  # blocks of samples that run one after another find the weights in the cache
    scratch: int = 0  # bytes of fast memory for each work item
    includes: tuple[str, ...] = ()
    also_reads: tuple[Region, ...] = ()  # memory that the ports do not name

    @property
    def all_ports(self) -> tuple[Port, ...]:
        """Those of the body and those of its sink."""
        extra = self.sink.ports if self.sink else ()
        return (*self.ports, *extra)

    @property
    def reads(self) -> list[Region]:
        """The memory it reads."""
        return [port.region for port in self.all_ports if port.reads] + list(self.also_reads)

    @property
    def writes(self) -> list[Region]:
        """The memory it writes."""
        return [port.region for port in self.all_ports if port.writes]
