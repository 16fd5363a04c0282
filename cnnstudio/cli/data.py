"""The command that describes a dataset."""

from __future__ import annotations

import argparse

from cnnstudio.cli.arguments import DATASETS, add_json
from cnnstudio.cli.command import Command
from cnnstudio.cli.streams import print_plain
from cnnstudio.cli.strict_json import strict_json
from cnnstudio.data import SPLITS, open_dataset
from cnnstudio.layers import format_shape


def data(options: argparse.Namespace) -> None:
    """Print image shape, class names, and the number of images per class and split."""
    dataset = open_dataset(options.dataset)
    counts = {split: dict(zip(dataset.class_names, dataset.counts(split), strict=True)) for split in SPLITS}
    if options.json:
        values = {
            "name": dataset.name,
            "samples": len(dataset.labels),
            "shape": list(dataset.shape),
            "class_names": list(dataset.class_names),
            "splits": {split: {"samples": dataset.size(split), "counts": counts[split]} for split in SPLITS},
            "mean": list(dataset.scaling.mean),
            "deviation": list(dataset.scaling.std),
        }
        print(strict_json(values, indent=1))
        return
    print_plain(f"{dataset.name}: {len(dataset.labels):,} images, {format_shape(dataset.shape)}")
    for split in SPLITS:
        each = ", ".join(f"{name} {count:,}" for name, count in counts[split].items())
        print_plain(f"{split:10} {dataset.size(split):>8,}: {each}")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", metavar="DATASET", help=DATASETS)
    add_json(parser)


COMMAND = Command("data", "describe a dataset", _add_arguments, data)
