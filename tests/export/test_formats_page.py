"""The examples of docs/formats.md can be run as they are."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from cnnstudio.export import FORMATS, export_network
from cnnstudio.project import new_project
from tests.export.networks import names_of, random_network

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text()
EXAMPLES = dict(re.findall(r"^## (\w+)\n.*?```python\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE))


def test_examples_have_three_lines() -> None:
    assert {"onnx", "npz", "safetensors"} <= set(EXAMPLES) <= set(FORMATS)
    for example in EXAMPLES.values():
        assert len([line for line in example.splitlines() if line]) == 3


@pytest.mark.parametrize("format", EXAMPLES)
def test_examples_run(format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch is no dependency: `safetensors.numpy` has the same function."""
    graph = new_project("xo").graph
    network = random_network(graph)
    export_network(format, network, tmp_path / f"network{FORMATS[format].extension}", names_of(graph))
    monkeypatch.chdir(tmp_path)
    results: dict[str, np.ndarray] = {}
    exec(EXAMPLES[format].replace("safetensors.torch", "safetensors.numpy"), results)
    if format == "onnx":
        blank = np.zeros((5, 1, 9, 9), np.float32)
        np.testing.assert_allclose(results["predictions"], network.predict(blank), rtol=1e-5, atol=1e-6)
    else:
        np.testing.assert_array_equal(results["weight"], network.weights.arrays["conv1.weight"])
        np.testing.assert_array_equal(results["bias"], network.weights.arrays["conv1.bias"])
