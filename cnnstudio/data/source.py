"""Open a data set by its short name: `xo`, or `KIND:FOLDER`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cnnstudio.data import idx, xo
from cnnstudio.data.dataset import DataError, Dataset

Reader = Callable[[str, int, float], Dataset]


def _open_xo(rest: str, seed: int, validation: float) -> Dataset:
    if rest:
        raise DataError(f"xo takes nothing behind a colon, got {rest!r}; write just xo.")
    return xo.generate(seed=seed)


def _open_idx(rest: str, seed: int, validation: float) -> Dataset:
    if not rest:
        raise DataError("mnist needs a folder: write mnist:FOLDER.")
    return idx.read_folder(Path(rest).expanduser(), seed=seed, validation=validation)


SOURCES: dict[str, Reader] = {"xo": _open_xo, "mnist": _open_idx}


def open_dataset(source: str, *, seed: int = 0, validation: float = 0.1) -> Dataset:
    """The data set that the source names, split with the seed. Raises DataError."""
    kind, _, rest = source.partition(":")
    if kind not in SOURCES:
        raise DataError(f"There is no kind of data called {kind!r}; write one of {_usage()}.")
    return SOURCES[kind](rest, seed, validation)


def _usage() -> str:
    return ", ".join("xo" if kind == "xo" else f"{kind}:FOLDER" for kind in SOURCES)
