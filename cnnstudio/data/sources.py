"""The registry of datasets: how each is named and opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from cnnstudio.data import cifar, digits, idx, shapes, xo
from cnnstudio.data.dataset import DataError, Dataset
from cnnstudio.data.dataset_name import DatasetName

MNIST_FILES = "four files such as train-images-idx3-ubyte, plain or .gz"
CIFAR_FILES = "data_batch_1.bin to data_batch_5.bin and test_batch.bin"
MIN_SIZE, MAX_SIZE = 16, 256  # pixels, of generated images


class Argument(Enum):
    """What follows the colon in a dataset's name."""

    NONE = ""
    SIZE = "[:SIZE]"
    FOLDER = ":FOLDER"


@dataclass(frozen=True)
class Source:
    """A kind of dataset. `open` takes the argument, the seed and the fraction of images held out for validation.

    `recognizes` decides by file names whether a folder contains this kind.
    """

    kind: str
    title: str
    argument: Argument
    open: Callable[[str, int, float], Dataset]
    recognizes: Callable[[Path], bool] = lambda folder: False
    files: str = ""  # what the folder contains

    @property
    def usage(self) -> str:
        """How the name is written."""
        return f"{self.kind}{self.argument.value}"

    @property
    def needs_folder(self) -> bool:
        """Whether the dataset is read from a folder."""
        return self.argument is Argument.FOLDER


def _open_xo(argument: str, seed: int, validation: float) -> Dataset:
    if argument:
        raise DataError(f"xo takes no argument, but got {argument!r}. Write xo.")
    return xo.generate(seed=seed)


def _open_digits(argument: str, seed: int, validation: float) -> Dataset:
    return digits.generate(_size(argument, 28), seed=seed)


def _open_shapes(argument: str, seed: int, validation: float) -> Dataset:
    return shapes.generate(_size(argument, 32), seed=seed)


def _open_mnist(argument: str, seed: int, validation: float) -> Dataset:
    return idx.read_folder(_folder(argument, "mnist"), seed=seed, validation=validation)


def _open_cifar(argument: str, seed: int, validation: float) -> Dataset:
    return cifar.read_folder(_folder(argument, "cifar10"), seed=seed, validation=validation)


SOURCES: dict[str, Source] = {
    source.kind: source
    for source in (
        Source("xo", "X or O, generated", Argument.NONE, _open_xo),
        Source("digits", "Digits, generated", Argument.SIZE, _open_digits),
        Source("shapes", "Colored shapes, generated", Argument.SIZE, _open_shapes),
        Source("mnist", "MNIST folder", Argument.FOLDER, _open_mnist, files=MNIST_FILES),
        Source("cifar10", "CIFAR-10 folder", Argument.FOLDER, _open_cifar, cifar.is_folder, CIFAR_FILES),
    )
}
DEFAULT_FOLDER_KIND = "mnist"  # the format that other datasets use as well


def open_dataset(name: DatasetName | str, *, seed: int = 0, validation: float = 0.1) -> Dataset:
    """Generate or read the dataset and split it using the seed. Raises DataError."""
    name = DatasetName.parse(name) if isinstance(name, str) else name
    if name.kind not in SOURCES:
        usages = ", ".join(source.usage for source in SOURCES.values())
        raise DataError(f"There is no dataset {name.kind!r}. Choose one of {usages}.")
    return SOURCES[name.kind].open(name.argument, seed, validation)


def dataset_in(folder: Path) -> DatasetName:
    """The name of the dataset in a folder, judging by its file names."""
    recognized = (source.kind for source in SOURCES.values() if source.needs_folder and source.recognizes(folder))
    return DatasetName(next(recognized, DEFAULT_FOLDER_KIND), str(folder))


def _size(argument: str, default: int) -> int:
    if not argument:
        return default
    if not argument.isdecimal() or len(argument) > 4 or not MIN_SIZE <= int(argument) <= MAX_SIZE:
        raise DataError(f"The image size must be from {MIN_SIZE} to {MAX_SIZE} pixels, got {argument!r}.")
    return int(argument)


def _folder(argument: str, kind: str) -> Path:
    if not argument:
        raise DataError(f"{kind} needs a folder: write {kind}:FOLDER.")
    try:
        return Path(argument).expanduser()
    except RuntimeError as error:  # nobody has that name, or there is no home folder
        raise DataError(f"There is no home folder as in {argument}. Write the whole path.") from error
