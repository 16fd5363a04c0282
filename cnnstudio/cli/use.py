"""Commands that use a trained network: evaluate, predict, export."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from cnnstudio.array import Array
from cnnstudio.cli.fitting import network_for
from cnnstudio.cli.json_text import json_text
from cnnstudio.data import DataError, open_dataset
from cnnstudio.data.image_file import read_image
from cnnstudio.engine.network import Network
from cnnstudio.engine.numpy.execution import NumpyEngine
from cnnstudio.engine.program import NetworkError
from cnnstudio.export import export_network
from cnnstudio.layers import format_shape
from cnnstudio.project import SavedProject, load
from cnnstudio.training.metrics import evaluate as judge

CHUNK = 256  # images whose layers are looked at at once


def evaluate(options: argparse.Namespace) -> None:
    """Loss, accuracy and confusion on a split."""
    saved = load(options.file)
    dataset = open_dataset(options.data, seed=saved.project.data.seed, validation=saved.project.data.validation)
    if not dataset.size(options.split):
        raise DataError(f"{options.data} has no {options.split} images to judge.")
    network = network_for(saved, dataset)
    with NumpyEngine().load(network.program, network.weights) as execution:
        result = judge(execution, dataset, options.split)
    confusion = None if result.confusion is None else result.confusion.tolist()
    if options.json:
        facts = {
            "split": options.split,
            "samples": result.samples,
            "loss": result.loss,
            "accuracy": result.accuracy,
            "class_names": list(dataset.class_names),
            "confusion": confusion,
        }
        print(json_text(facts))
        return
    accuracy = "" if result.accuracy is None else f", accuracy {result.accuracy:.2%}"
    print(f"{result.samples:,} {options.split} images: loss {result.loss:.4f}{accuracy}")
    if confusion is not None:
        width = max(6, *(len(name) + 1 for name in dataset.class_names))
        print("true \\ says".ljust(width + 6), *(name.rjust(width) for name in dataset.class_names))
        for name, row in zip(dataset.class_names, confusion, strict=True):
            print(name.ljust(width + 6), *(str(count).rjust(width) for count in row))


def predict(options: argparse.Namespace) -> None:
    """Answers for image files, or for a raw array."""
    raw = options.input is not None or options.output is not None
    if raw == bool(options.images) or (options.input is None) != (options.output is None):
        options.usage_error("name images, or give both --input and --output")
    if options.layer and not raw:
        options.usage_error("--layer needs --input and --output")
    saved = load(options.file)
    network = Network.for_project(saved.project.graph, None, saved.arrays, saved.project.training.settings.seed)
    if raw:
        _predict_array(options, saved, network)
    else:
        _predict_images(options, saved, network)


def _predict_array(options: argparse.Namespace, saved: SavedProject, network: Network) -> None:
    x = _read_array(options.input, network)
    if options.layer is None:
        y = network.predict(x)
    else:
        names = {node.name: node.id for node in saved.project.graph.nodes.values()}
        node = names.get(options.layer, options.layer)
        if node not in network.program.nodes:
            raise NetworkError(f"There is no layer {options.layer!r}; there are {', '.join(names)}.")
        y = np.concatenate([network.look(x[i : i + CHUNK])[node] for i in range(0, len(x), CHUNK)])
    try:
        with options.output.open("wb") as file:
            np.save(file, y)
    except OSError as error:
        raise DataError(f"{options.output} cannot be written ({error.strerror}).") from error


def _read_array(path: Path, network: Network) -> Array:
    shape = network.program.shapes[network.program.input]
    try:
        x = np.load(path, allow_pickle=False, mmap_mode="r")
    except Exception as error:  # numpy parses the header as Python text, which can fail in many ways
        raise DataError(f"{path} cannot be read as a NumPy array: {_one_line(error)}") from error
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "fiub" or x.shape[1:] != shape or not len(x):
        found = f"{x.dtype} {x.shape}" if isinstance(x, np.ndarray) else "several arrays"
        raise DataError(f"{path} holds {found}; the network takes numbers of shape (N, {', '.join(map(str, shape))}).")
    with np.errstate(over="ignore"):
        return x.astype(np.float32)


def _one_line(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__).rstrip(".") + "."


def _predict_images(options: argparse.Namespace, saved: SavedProject, network: Network) -> None:
    data, program = saved.project.data, network.program
    shape = program.shapes[program.input]
    black, white = data.limits
    pixels = [read_image(path, shape) for path in options.images]
    stored = np.stack(pixels).astype(np.float32) * ((white - black) / 255.0) + black
    votes = network.predict(data.scaling.apply(stored))
    for path, row in zip(options.images, votes.reshape(len(votes), -1), strict=True):
        names = data.class_names if len(data.class_names) == len(row) else tuple(map(str, range(len(row))))
        best = names[int(row.argmax())] if program.is_classification else None
        if options.json:
            each = dict(zip(names, row.tolist(), strict=True))
            print(json_text({"picture": str(path), "class": best, "votes": each}))
        else:
            each_text = "  ".join(f"{name} {vote:.4f}" for name, vote in zip(names, row, strict=True))
            print(
                f"{path}: {best if best is not None else format_shape(program.shapes[program.output])}  ({each_text})"
            )


def export(options: argparse.Namespace) -> None:
    """Write the network in another format, and say how it was checked."""
    saved = load(options.file)
    network = Network.for_project(saved.project.graph, None, saved.arrays, saved.project.training.settings.seed)
    names = {node.id: node.name for node in saved.project.graph.nodes.values()}
    print(export_network(options.to, network, options.out, names))
