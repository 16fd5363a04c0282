"""How far compressed data may expand, against files that are small and would fill the memory."""

from __future__ import annotations

ALWAYS_UNPACKED = 16 << 20  # bytes; whatever expands to less is unpacked
MAX_RATIO = 100  # of what expands to more; arrays and images hardly compress


def most_unpacked(packed: int) -> int:
    """The number of bytes that this many compressed bytes may expand to."""
    return max(ALWAYS_UNPACKED, MAX_RATIO * packed)
