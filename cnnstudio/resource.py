"""Find the files that travel with the program: icons, fonts, kernels."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1] / "resources"


def resource(*parts: str) -> Path:
    """The path of a resource, in a checkout as well as in an installed program."""
    root = CHECKOUT if CHECKOUT.is_dir() else Path(str(files("cnnstudio_resources")))
    return root.joinpath(*parts)
