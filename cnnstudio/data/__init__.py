"""Datasets: generators and file readers, all giving a `Dataset`."""

from cnnstudio.data.dataset import SPLITS, DataError, Dataset, Scaling
from cnnstudio.data.dataset_name import DatasetName
from cnnstudio.data.sources import SOURCES, open_dataset

__all__ = ["SOURCES", "SPLITS", "DataError", "Dataset", "DatasetName", "Scaling", "open_dataset"]
