"""The command that runs inference: class and scores of image files, or raw arrays in and out."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from cnnstudio import atomic_write
from cnnstudio.array import Array
from cnnstudio.cli.arguments import add_json, add_project, add_weights
from cnnstudio.cli.command import Command
from cnnstudio.cli.network import NOT_FINITE, report_if_untrained, saved_network
from cnnstudio.cli.streams import print_plain
from cnnstudio.cli.strict_json import strict_json
from cnnstudio.data import DataError
from cnnstudio.data.image_file import read_image
from cnnstudio.engine.memory import SMALLER_FILE, check_memory
from cnnstudio.engine.network import Network
from cnnstudio.engine.program import NetworkError
from cnnstudio.layers import format_shape
from cnnstudio.operations import elements
from cnnstudio.project import SavedProject, load
from cnnstudio.regular_file import open_regular, reason_of

CHUNK = 256  # images that are computed at once, or fewer if they are large
MOST_PIXELS = 64 << 20


def predict(options: argparse.Namespace) -> None:
    """Predict image files, or run an array through the network."""
    raw = options.input is not None or options.output is not None
    if raw == bool(options.images) or (options.input is None) != (options.output is None):
        options.usage_error("name images, or give both --input and --output")
    if options.layer and not raw:
        options.usage_error("--layer needs --input and --output")
    saved = load(options.file)
    network = saved_network(saved, None, options.weights)
    if raw:
        _predict_array(options, saved, network)
    else:
        _predict_images(options, saved, network)
    report_if_untrained(saved, network)


def _predict_array(options: argparse.Namespace, saved: SavedProject, network: Network) -> None:
    x = _read_array(options.input, network)
    if options.layer is None:
        y = network.predict(x)
    else:
        names = {node.name: node.id for node in saved.project.graph.nodes.values()}
        node = names.get(options.layer, options.layer)
        if node not in network.program.nodes:
            raise NetworkError(f"There is no layer {options.layer!r}; the layers are {', '.join(names)}.")
        y = np.concatenate([network.activations(x[i : i + CHUNK])[node] for i in range(0, len(x), CHUNK)])
    try:
        with atomic_write.replacing(options.output) as temporary, temporary.open("wb") as file:
            np.save(file, y)
    except OSError as error:
        message = f"{options.output} cannot be written ({reason_of(error)}). Choose another folder or free some space."
        raise DataError(message) from error
    print_plain(f"{options.output}: {len(y):,} outputs of shape {format_shape(y.shape[1:])}")


def _read_array(path: Path, network: Network) -> Array:
    """The array (N, C, H, W) as float32. Raises DataError where it is not what the network takes."""
    shape = network.program.shapes[network.program.input]
    try:
        open_regular(path).close()  # NumPy would wait for a pipe
        x = np.load(path, allow_pickle=False, mmap_mode="r")
    except Exception as error:  # numpy parses the header as Python text, which can fail in many ways
        raise DataError(f"{path} cannot be read as a NumPy array: {reason_of(error)}.") from error
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "fiub" or x.shape[1:] != shape or not len(x):
        found = f"{x.dtype!s:.40} {x.shape!s:.100}" if isinstance(x, np.ndarray) else "several arrays"
        raise DataError(f"{path} holds {found}; the network takes numbers of shape (N, {', '.join(map(str, shape))}).")
    check_memory(4 * x.size, f"Reading {path}", SMALLER_FILE)
    with np.errstate(over="ignore"):
        return x.astype(np.float32)


def _predict_images(options: argparse.Namespace, saved: SavedProject, network: Network) -> None:
    """Predict a number of images at once; those before a file that is no image are answered."""
    scaling, shape = saved.project.data.scaling, network.program.shapes[network.program.input]
    if len(scaling.mean) not in (1, shape[0]):
        raise DataError(
            f"The project was made for images of {len(scaling.mean)} channels, but its Input takes {shape[0]}. "
            "Train it on its present data first."
        )
    count = max(1, min(CHUNK, MOST_PIXELS // elements(shape)))
    for first in range(0, len(options.images), count):
        pixels: list[Array] = []
        try:
            for path in options.images[first : first + count]:
                pixels.append(read_image(path, shape))
        finally:
            _answer(options, saved, network, options.images[first : first + len(pixels)], pixels)


def _answer(
    options: argparse.Namespace, saved: SavedProject, network: Network, paths: list[Path], pixels: list[Array]
) -> None:
    """Print a line for each image (C, H, W)."""
    if not pixels:
        return
    data, program = saved.project.data, network.program
    black, white = data.limits
    stored = np.stack(pixels).astype(np.float32) * ((white - black) / 255.0) + black
    outputs = network.predict(data.scaling.apply(stored))
    if not np.isfinite(outputs).all():
        raise NetworkError(NOT_FINITE.format("these images"))
    for path, row in zip(paths, outputs.reshape(len(outputs), -1), strict=True):
        known = len(set(data.class_names)) == len(data.class_names) == len(row)
        names = data.class_names if known else tuple(map(str, range(len(row))))
        predicted = names[int(row.argmax())] if program.is_classification else None
        if options.json:
            scores = dict(zip(names, row.tolist(), strict=True))
            print(strict_json({"picture": str(path), "class": predicted, "votes": scores}))
        else:
            scores_text = "  ".join(f"{name} {score:.4f}" for name, score in zip(names, row, strict=True))
            print_plain(f"{path}: {predicted or format_shape(program.shapes[program.output])}  ({scores_text})")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_project(parser)
    parser.add_argument("images", nargs="*", type=Path, metavar="IMAGE")
    parser.add_argument("--input", type=Path, metavar="X.npy", help="array of shape (N, C, H, W), used without scaling")
    parser.add_argument("--output", type=Path, metavar="Y.npy", help="where to write the outputs for --input")
    parser.add_argument("--layer", metavar="NAME", help="write the output of this layer instead of the last one")
    add_weights(parser)
    add_json(parser)


COMMAND = Command("predict", "predict images or raw arrays", _add_arguments, predict)
