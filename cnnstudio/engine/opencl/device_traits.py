"""What the code for a device depends on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Traits:
    """How a device likes its work.

    `lanes` samples lie side by side in memory, `width` of them are one vector of a work item. `units` run work items
    at once; each has `scratch` bytes of fast memory, 0 where it is better not used. A `patient` device runs long work
    items one after another on each unit, as processors do; others want thousands of short ones, `team` at a time.
    """

    lanes: int
    width: int
    units: int
    scratch: int
    patient: bool
    team: int = 1
    accumulators: int = 24  # vectors that a work item can add up in without spilling them


def balanced(size: int, most: int) -> int:
    """The length of the equal portions, of at most this many each, that a size is cut into; the last may be shorter."""
    portions = -(-size // most)
    return -(-size // portions)
