"""What a dataset requires of a network, as far as shapes are concerned."""

from __future__ import annotations

from dataclasses import dataclass

from cnnstudio.operations import Shape


@dataclass(frozen=True, slots=True)
class DataSpec:
    """The shape of one image (C, H, W) and the number of classes."""

    image: Shape
    classes: int
