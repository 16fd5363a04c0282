"""The properties of a device that the generated code depends on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DeviceTraits:
    """How work is divided on a device.

    `lanes` samples lie side by side in memory, and a work item processes `width` of them as one vector. There are
    `compute_units`; each has `local_memory` bytes, 0 where using it does not pay. A `coarse_grained` device, such as a
    processor, runs long work items one after another on each unit; others want thousands of short ones, in work groups
    of `work_group`.
    """

    lanes: int
    width: int
    compute_units: int
    local_memory: int
    coarse_grained: bool
    work_group: int = 1
    accumulators: int = 24  # vectors that a work item can accumulate in without spilling registers


def balanced(size: int, largest: int) -> int:
    """The length of equal portions, none longer than `largest`, that cover a size; the last may be shorter."""
    portions = -(-size // largest)
    return -(-size // portions)
