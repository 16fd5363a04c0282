"""The command that evaluates a trained network on a dataset."""

from __future__ import annotations

import argparse
import math

from cnnstudio.cli.arguments import add_data, add_json, add_project, add_weights
from cnnstudio.cli.command import Command
from cnnstudio.cli.network import NOT_FINITE, report_if_untrained, saved_network
from cnnstudio.cli.streams import print_plain
from cnnstudio.cli.strict_json import strict_json
from cnnstudio.data import SPLITS, DataError, Dataset, open_dataset
from cnnstudio.engine.device_selection import reference_engine
from cnnstudio.engine.program import NetworkError
from cnnstudio.project import load
from cnnstudio.spec.number_text import format_decimals
from cnnstudio.training.metrics import Evaluation
from cnnstudio.training.metrics import evaluate as evaluate_split


def evaluate(options: argparse.Namespace) -> None:
    """Print loss, accuracy and confusion matrix on one split."""
    saved = load(options.file)
    dataset = open_dataset(options.data, seed=saved.project.data.seed, validation=saved.project.data.validation)
    if not dataset.size(options.split):
        raise DataError(f"{options.data} has no {options.split} images.")
    network = saved_network(saved, dataset, options.weights)
    with reference_engine().load(network.program, network.weights) as execution:
        result = evaluate_split(execution, dataset, options.split)
    if not math.isfinite(result.loss):
        raise NetworkError(NOT_FINITE.format(f"the {options.split} images"))
    report_if_untrained(saved, network)
    if options.json:
        _print_json(result, dataset, options.split)
    else:
        _print_table(result, dataset, options.split)


def _print_json(result: Evaluation, dataset: Dataset, split: str) -> None:
    values = {
        "split": split,
        "samples": result.samples,
        "loss": result.loss,
        "accuracy": result.accuracy,
        "class_names": list(dataset.class_names),
        "confusion": None if result.confusion is None else result.confusion.tolist(),
    }
    print(strict_json(values))


def _print_table(result: Evaluation, dataset: Dataset, split: str) -> None:
    accuracy = "" if result.accuracy is None else f", accuracy {result.accuracy:.2%}"
    print_plain(f"{result.samples:,} {split} images: loss {format_decimals(result.loss, 4)}{accuracy}")
    if result.confusion is None:
        return
    width = max(6, *(len(name) + 1 for name in dataset.class_names))
    print_plain(" ".join(["true \\ predicted".ljust(width + 10), *(name.rjust(width) for name in dataset.class_names)]))
    for name, row in zip(dataset.class_names, result.confusion.tolist(), strict=True):
        print_plain(" ".join([name.ljust(width + 10), *(str(count).rjust(width) for count in row)]))


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_project(parser)
    add_data(parser)
    parser.add_argument("--split", choices=SPLITS, default="test", help="which part of the dataset (default: test)")
    add_weights(parser)
    add_json(parser)


COMMAND = Command("evaluate", "evaluate a trained network on a dataset", _add_arguments, evaluate)
