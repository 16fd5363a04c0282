"""The short name of a dataset, as it is written on the command line and in project files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DatasetName:
    """The kind of dataset and an optional argument: `xo`, `digits:32`, `mnist:/data/fashion`.

    Any text is a name; `open_dataset` reports a name that stands for nothing.
    """

    kind: str
    argument: str = ""

    @classmethod
    def parse(cls, text: str) -> DatasetName:
        """The name that `str` formatted."""
        kind, _, argument = text.partition(":")
        return cls(kind, argument)

    def __str__(self) -> str:
        return f"{self.kind}:{self.argument}" if self.argument else self.kind
