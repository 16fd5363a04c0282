"""Open a data set by its short name: `xo`, `digits`, `shapes`, or `KIND:FOLDER`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnnstudio.data import cifar, digits, idx, shapes, xo
from cnnstudio.data.dataset import DataError, Dataset

LEAST_SIZE, MOST_SIZE = 16, 256  # pixels of drawn images


@dataclass(frozen=True)
class Source:
    """A kind of data: how it is called, what follows the colon, and how it is opened (rest, seed, validation)."""

    kind: str
    title: str
    usage: str
    open: Callable[[str, int, float], Dataset]

    @property
    def needs_folder(self) -> bool:
        """Whether a folder must follow the colon."""
        return "FOLDER" in self.usage


def _open_xo(rest: str, seed: int, validation: float) -> Dataset:
    if rest:
        raise DataError(f"xo takes nothing behind a colon, got {rest!r}; write just xo.")
    return xo.generate(seed=seed)


def _open_digits(rest: str, seed: int, validation: float) -> Dataset:
    return digits.generate(_size(rest, 28), seed=seed)


def _open_shapes(rest: str, seed: int, validation: float) -> Dataset:
    return shapes.generate(_size(rest, 32), seed=seed)


def _open_mnist(rest: str, seed: int, validation: float) -> Dataset:
    return idx.read_folder(_folder(rest, "mnist"), seed=seed, validation=validation)


def _open_cifar(rest: str, seed: int, validation: float) -> Dataset:
    return cifar.read_folder(_folder(rest, "cifar10"), seed=seed, validation=validation)


SOURCES: dict[str, Source] = {
    source.kind: source
    for source in (
        Source("xo", "X or O, drawn", "xo", _open_xo),
        Source("digits", "Digits, drawn", "digits[:SIZE]", _open_digits),
        Source("shapes", "Coloured shapes, drawn", "shapes[:SIZE]", _open_shapes),
        Source("mnist", "MNIST folder", "mnist:FOLDER", _open_mnist),
        Source("cifar10", "CIFAR-10 folder", "cifar10:FOLDER", _open_cifar),
    )
}


def open_dataset(source: str, *, seed: int = 0, validation: float = 0.1) -> Dataset:
    """The data set that the source names, split with the seed. Raises DataError."""
    kind, _, rest = source.partition(":")
    if kind not in SOURCES:
        usages = ", ".join(each.usage for each in SOURCES.values())
        raise DataError(f"There is no kind of data called {kind!r}; write one of {usages}.")
    return SOURCES[kind].open(rest, seed, validation)


def source_of(folder: Path) -> str:
    """The short name of what a folder holds, by its files; MNIST's format is the one that others use too."""
    return f"{'cifar10' if cifar.is_folder(folder) else 'mnist'}:{folder}"


def _size(rest: str, default: int) -> int:
    if not rest:
        return default
    if not rest.isdecimal() or len(rest) > 4 or not LEAST_SIZE <= int(rest) <= MOST_SIZE:
        raise DataError(f"The size behind the colon must be from {LEAST_SIZE} to {MOST_SIZE} pixels, got {rest!r}.")
    return int(rest)


def _folder(rest: str, kind: str) -> Path:
    if not rest:
        raise DataError(f"{kind} needs a folder: write {kind}:FOLDER.")
    return Path(rest).expanduser()
