"""The name of an array within a network: its layer, and its role there."""

from __future__ import annotations

from typing import NamedTuple

from cnnstudio.graph import NodeId


class WeightKey(NamedTuple):
    """A layer's id and one of its arrays, such as `conv1` and `weight`; written `conv1.weight`, as in files."""

    node: NodeId
    role: str

    @classmethod
    def parse(cls, text: str) -> WeightKey:
        """The key of a written name; only the role has no dots."""
        node, _, role = text.rpartition(".")
        return cls(node, role)

    def __str__(self) -> str:
        return f"{self.node}.{self.role}"
