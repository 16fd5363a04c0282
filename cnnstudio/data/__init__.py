"""Data sets: readers, generators, and how a batch is drawn from them."""

from cnnstudio.data.dataset import SPLITS, DataError, Dataset, Scaling
from cnnstudio.data.sources import SOURCES, open_dataset

__all__ = ["SOURCES", "SPLITS", "DataError", "Dataset", "Scaling", "open_dataset"]
