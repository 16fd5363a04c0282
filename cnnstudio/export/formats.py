"""The registry of export formats, and `export_network`, which replaces the target file only when it is complete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cnnstudio import atomic_write
from cnnstudio.engine.network import Network
from cnnstudio.export.error import ExportError
from cnnstudio.export.weight_files import write_npz, write_safetensors
from cnnstudio.graph import NodeId
from cnnstudio.regular_file import reason_of

Writer = Callable[[Network, Path, Mapping[NodeId, str]], str]


@dataclass(frozen=True)
class Format:
    """An export format: its name on the command line, its title in menus, its file extension and its writer."""

    name: str
    title: str
    extension: str
    write: Writer


def _write_onnx(network: Network, path: Path, names: Mapping[NodeId, str]) -> str:
    from cnnstudio.export.onnx import write_onnx  # importing onnx would double the start-up time

    return write_onnx(network, path, names)


FORMATS: dict[str, Format] = {
    format.name: format
    for format in (
        Format("onnx", "ONNX network", ".onnx", _write_onnx),
        Format("npz", "NumPy arrays", ".npz", write_npz),
        Format("safetensors", "Safetensors weights", ".safetensors", write_safetensors),
    )
}


def export_network(name: str, network: Network, path: Path, names: Mapping[NodeId, str]) -> str:
    """Export the network. `names` are the names of layers in the file. Returns a one-line summary.

    Raises ExportError; an existing file at the path is then left unchanged.
    """
    try:
        with atomic_write.replacing(path) as temporary:
            summary = FORMATS[name].write(network, temporary, names)
    except OSError as error:
        message = f"{path} cannot be written ({reason_of(error)}). Choose another folder or free some space."
        raise ExportError(message) from error
    return f"{path}: {summary}"
