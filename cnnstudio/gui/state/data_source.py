"""The dataset of the project, loaded on a thread when the project names another one, and the probe image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from cnnstudio.array import Array
from cnnstudio.data import DataError, Dataset, DatasetName, open_dataset
from cnnstudio.gui.look.number_format import format_count
from cnnstudio.gui.state.background import BackgroundTask, call
from cnnstudio.gui.state.session import Session
from cnnstudio.project import DataChoice, Project


@dataclass(frozen=True, eq=False)
class Probe:
    """The image whose activations are shown: stored values (C, H, W), scaled (1, C, H, W), caption and label."""

    stored: Array
    scaled: Array
    caption: str
    label: int | None = None


class DataSource(QObject):
    """Holds the data set and the probe; both are None while the data that the project names is being read."""

    dataset_changed = Signal(object)  # Dataset | None
    probe_changed = Signal(object)  # Probe | None
    failed = Signal(str)  # why the data cannot be read

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._choice: DataChoice | None = None
        self._readings = 0  # how often the same data was to be read once more
        self._reader = BackgroundTask(self)
        self._reader.arrived.connect(self._on_arrived)
        self._reader.failed.connect(self._on_failed)
        self.reading = False
        self.dataset: Dataset | None = None
        self.probe: Probe | None = None
        self.index = 0
        session.project_changed.connect(self._on_project_changed)

    def load(self) -> None:
        """Read what the project names, unless it is read already."""
        self._on_project_changed(self._session.project)

    def read_again(self) -> None:
        """Read what the project names once more, as when its files were changed."""
        self._choice = None
        self._readings += 1
        self.load()

    def close(self) -> None:
        """Wait for the loading threads to end."""
        self._reader.close()

    @property
    def version(self) -> object:
        """Tells the data that the project names from other data, also while it is still being read."""
        choice = self._session.project.data
        return choice.source, choice.seed, choice.validation, self._readings

    @property
    def split(self) -> str:
        """The split that is shown and evaluated: the test images if there are any."""
        if self.dataset is None:
            return "test"
        return next((split for split in ("test", "validation") if self.dataset.size(split)), "train")

    def show_sample(self, index: int) -> None:
        """Use an image of the test split as the probe; the index wraps around."""
        if self.dataset is None:
            return
        split = self.split
        indices = self.dataset.splits[split]
        self.index = index % len(indices)
        chosen = int(indices[self.index])
        scaled, labels = self.dataset.take([chosen])
        label = int(labels[0])
        caption = f"{split} image {self.index + 1} of {format_count(len(indices))} · {self.dataset.class_names[label]}"
        self._show(Probe(self.dataset.images[chosen], scaled, caption, label))

    def show_next(self) -> None:
        """Use the next image of the test split as the probe."""
        self.show_sample(self.index + 1)

    def show_image(self, stored: Array, caption: str) -> None:
        """Make an image of one's own (C, H, W), in the values of the data set, the probe."""
        if self.dataset is not None:
            scaled = self.dataset.scaling.apply(stored[None])
            self._show(Probe(stored, scaled, caption))

    def _show(self, probe: Probe | None) -> None:
        self.probe = probe
        self.probe_changed.emit(probe)

    def _on_project_changed(self, project: Project) -> None:
        choice = project.data
        wanted = (choice.source, choice.seed, choice.validation)
        if self._choice is not None and wanted == (self._choice.source, self._choice.seed, self._choice.validation):
            return
        self._choice, self.reading = choice, True
        self._set_dataset(None)
        self._reader.begin(call(lambda: _read(*wanted)))

    def _on_arrived(self, dataset: Dataset) -> None:
        self.reading = False
        self._set_dataset(dataset)

    def _on_failed(self, error: Exception) -> None:
        self.reading = False
        self._set_dataset(None)
        if not isinstance(error, DataError):
            raise error
        self.failed.emit(str(error))

    def _set_dataset(self, dataset: Dataset | None) -> None:
        self.dataset = dataset
        self._session.set_data_spec(dataset.spec if dataset is not None else None)
        self.dataset_changed.emit(dataset)
        if dataset is not None:
            self.show_sample(0)
        else:
            self._show(None)


def _read(name: DatasetName, seed: int, validation: float) -> Dataset:
    dataset = open_dataset(name, seed=seed, validation=validation)
    _ = dataset.fingerprint  # is computed here, on this thread, because it takes a while
    return dataset


def brightness(stored: Array, limits: tuple[float, float]) -> Array:
    """Stored values (C, H, W) as 0 (black) to 255 (white), uint8."""
    black, white = limits
    shown: Array = np.clip((stored.astype(np.float32) - black) * (255.0 / (white - black)), 0, 255)
    return shown.astype(np.uint8)
