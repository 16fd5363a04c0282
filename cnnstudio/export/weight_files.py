"""Export of the weights alone, as .npz or .safetensors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from cnnstudio.array import Array
from cnnstudio.engine.network import Network
from cnnstudio.engine.weight_key import WeightKey
from cnnstudio.graph import NodeId


def named_arrays(network: Network, names: Mapping[NodeId, str]) -> dict[str, Array]:
    """All arrays by the name of their layer, such as `conv1.weight`, in the shapes of ONNX and PyTorch."""
    arrays = network.weights.arrays
    return {array_name(key, names): np.ascontiguousarray(array) for key, array in arrays.items()}


def array_name(key: str, names: Mapping[NodeId, str]) -> str:
    """The name in files of the array with this key in the network."""
    node, role = WeightKey.parse(key)
    return str(WeightKey(names.get(node, node), role))


def write_npz(network: Network, path: Path, names: Mapping[NodeId, str]) -> str:
    """Write an uncompressed .npz file."""
    arrays = named_arrays(network, names)
    with path.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # NumPy's annotations take the names for options
    return f"{len(arrays)} arrays"


def write_safetensors(network: Network, path: Path, names: Mapping[NodeId, str]) -> str:
    """Write a .safetensors file."""
    arrays = named_arrays(network, names)
    path.write_bytes(save(arrays))
    return f"{len(arrays)} arrays"
