"""Plan a program's memory: a step allocates nothing, and buffers with disjoint lifetimes share memory."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import psutil
from numpy.typing import DTypeLike, NDArray

from cnnstudio.array import Array
from cnnstudio.engine.packing import Lifetime, pack
from cnnstudio.interruption import check_interrupted

PAGE = 4096  # bytes that a system provides at once, at least
TOUCHED_AT_ONCE = 1 << 24  # bytes
ALIGNMENT = 64  # bytes: a cache line, and the widest vector register
SMALLER_FILE = "close other programs, or use a smaller file"  # what to do where a file does not fit into memory


class NotEnoughMemoryError(MemoryError):
    """The machine cannot hold what the network needs; the message gives both numbers."""


@dataclass(eq=False)
class Buffer:
    """An array needed from time `first` to time `last` of a step; `array` exists once the arena is allocated."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    first: int
    last: int
    arena: Arena
    offset: int = 0
    root: Buffer | None = None

    @property
    def size(self) -> int:
        """Its size in bytes, rounded up to whole cache lines."""
        return -(-prod(self.shape) * self.dtype.itemsize // ALIGNMENT) * ALIGNMENT

    @property
    def array(self) -> Array:
        """The array itself."""
        if self.root is not None:
            return self.root.array.reshape(self.shape)
        return self.arena.view(self)

    def reshaped(self, shape: tuple[int, ...]) -> Buffer:
        """A view of the same memory with another shape."""
        return Buffer(shape, self.dtype, self.first, self.last, self.arena, root=self.root or self)


def check_memory(needed: int, what: str, remedy: str = "use a smaller batch, fewer filters or smaller images") -> None:
    """Raise NotEnoughMemoryError, with both numbers, where fewer bytes than needed are free."""
    free = psutil.virtual_memory().available
    if needed > free:
        raise NotEnoughMemoryError(
            f"{what} needs {needed / 1e9:.1f} GB of memory, but only {free / 1e9:.1f} GB are free; {remedy}."
        )


def touch(array: Array) -> None:
    """Let the system provide the memory of a new array, as it does on first use: here that can be interrupted."""
    memory = array.reshape(-1).view(np.uint8)
    for first in range(0, len(memory), TOUCHED_AT_ONCE):
        check_interrupted()
        pages = memory[first : first + TOUCHED_AT_ONCE : PAGE]
        np.add(pages, 0, out=pages)


class Arena:
    """One block of memory and the buffers within it."""

    def __init__(self) -> None:
        self._buffers: list[Buffer] = []
        self._ranges = np.zeros((0, 2), np.int64)  # of each buffer: the bytes from the first to beyond the last
        self._memory: NDArray[np.uint8] | None = None

    def buffer(self, shape: tuple[int, ...], dtype: DTypeLike, first: int, last: int) -> Buffer:
        """Request an array that is needed from time `first` to time `last`, inclusive."""
        buffer = Buffer(shape, np.dtype(dtype), first, last, self)
        self._buffers.append(buffer)
        return buffer

    def pack(self) -> int:
        """Place every buffer so that no two whose lifetimes overlap share memory; returns the bytes needed."""
        buffers = self._buffers
        if len(self._ranges) != len(buffers):  # buffers were requested since
            offsets = pack([Lifetime(buffer.size, buffer.first, buffer.last) for buffer in buffers])
            for buffer, offset in zip(buffers, offsets, strict=True):
                buffer.offset = offset
            self._ranges = np.array([(buffer.offset, buffer.offset + buffer.size) for buffer in buffers])
        return int(self._ranges[:, 1].max(initial=0))

    def allocate(self) -> None:
        """Allocate the memory, filled with zeros."""
        raw = np.zeros(self.pack() + ALIGNMENT, np.uint8)
        start = -raw.ctypes.data % ALIGNMENT
        self._memory = raw[start : len(raw) - ALIGNMENT + start]

    def touch(self) -> None:
        """Let the system provide the memory."""
        assert self._memory is not None
        touch(self._memory)

    def view(self, buffer: Buffer) -> Array:
        """The buffer's array. Buffers that share no memory keep their initial zeros until written."""
        assert self._memory is not None
        count = prod(buffer.shape) * buffer.dtype.itemsize
        return self._memory[buffer.offset : buffer.offset + count].view(buffer.dtype).reshape(buffer.shape)

    def shares(self, buffer: Buffer) -> bool:
        """Whether another buffer uses some of the same memory at another time."""
        begins, ends = self._ranges.T
        overlaps = (begins < buffer.offset + buffer.size) & (buffer.offset < ends)
        return int(np.count_nonzero(overlaps)) > (buffer.size > 0)  # a buffer overlaps itself
