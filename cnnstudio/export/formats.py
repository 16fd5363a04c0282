"""The table of export formats, and the one way to use it: write beside the target, then move there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cnnstudio.engine.network import Network
from cnnstudio.export.error import ExportError
from cnnstudio.export.weight_files import write_npz, write_safetensors
from cnnstudio.graph import NodeId

Writer = Callable[[Network, Path, Mapping[NodeId, str]], str]


@dataclass(frozen=True)
class Format:
    """A format: its name on the command line, what a menu calls it, the ending of its files, and who writes them."""

    name: str
    title: str
    ending: str
    write: Writer


def _write_onnx(network: Network, path: Path, names: Mapping[NodeId, str]) -> str:
    from cnnstudio.export.onnx import write_onnx  # importing onnx would double the time the program takes to start

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
    """Write the network; `names` are the layers' names for the file. Returns one line on what was written.

    Raises ExportError; what was at the path before is then still there.
    """
    try:
        if path.exists() and not path.is_file():
            raise ExportError(f"{path} cannot be written (it is no file); choose another folder or name.")
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
            temporary = Path(folder) / path.name
            facts = FORMATS[name].write(network, temporary, names)
            os.replace(temporary, path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExportError(f"{path} cannot be written ({reason}); choose another folder or free some space.") from error
    return f"{path}: {facts}"
