"""Weights that do not belong to the network, or are no numbers: a command says so and computes nothing with others."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from cnnstudio.array import Array
from cnnstudio.data import Scaling
from cnnstudio.graph.edit import insert
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.project import load, save
from tests.cli.conftest import Refused, Run

USES = {
    "evaluate": ("--data", "xo"),
    "predict": ("--input", "x.npy", "--output", "y.npy"),
    "export": ("--to", "onnx", "-o", "out.onnx"),
}


@pytest.fixture(autouse=True)
def inputs(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 1, 9, 9), np.float32))
    Image.new("L", (9, 9)).save(tmp_path / "image.png")


def change(file: Path, key: str, replacement: Callable[[Array], Array]) -> None:
    """Replace one of the file's arrays."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    arrays = load_tensors(members["weights.safetensors"])
    members["weights.safetensors"] = save_tensors({**arrays, key: replacement(arrays[key])})
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


class TestOtherShapes:
    @pytest.fixture
    def file(self, trained: Path) -> Path:
        change(trained, "conv1.weight", lambda array: array[:2])
        return trained

    @pytest.mark.parametrize("command", USES)
    def test_nothing_is_computed(self, refused: Refused, file: Path, command: str, tmp_path: Path) -> None:
        message = refused(command, file, *USES[command])
        assert "weight of conv1 has the shape 2 × 1 × 3 × 3, but the layer takes 3 × 1 × 3 × 3" in message
        assert not {"y.npy", "out.onnx"} & {path.name for path in tmp_path.iterdir()}

    def test_training_skips_them_only_on_demand(self, refused: Refused, do: Run, file: Path) -> None:
        assert "--skip-mismatch" in refused("train", file, "--data", "xo", "--steps", 1)
        do("train", file, "--data", "xo", "--steps", 1, "--skip-mismatch")
        do("evaluate", file, "--data", "xo")


class TestMissing:
    def test_a_layer_added_after_training(self, refused: Refused, do: Run, trained: Path) -> None:
        saved = load(trained)
        graph = saved.project.graph
        edge = next(edge for edge in graph.edges if edge.target == "conv1")
        graph, new = insert(graph, ConvolutionLayer(filters=1, padding="same"), edge, (0.0, 0.0))
        save(trained, saved.project.with_graph(graph), saved.arrays, saved.checkpoint)
        for command, options in USES.items():
            assert f"no weights for {graph.nodes[new].name}" in refused(command, trained, *options)
        reported = do("train", trained, "--data", "xo", "--steps", 1).err
        assert f"no weights for {graph.nodes[new].name}, only for other layers; it starts with new ones" in reported
        do("evaluate", trained, "--data", "xo")

    @pytest.mark.parametrize("command", USES)
    def test_an_untrained_network_says_so(self, do: Run, xo_file: Path, command: str) -> None:
        assert do(command, xo_file, *USES[command]).err.splitlines() == [
            "cnnstudio-cli: The network is not trained; it has the weights of its initialization."
        ]

    def test_a_failing_command_says_only_why(self, refused: Refused, xo_file: Path) -> None:
        assert "There is no image none.png" in refused("predict", xo_file, "none.png")


class TestNumbers:
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
    def test_numbers_beyond_all_limits(self, refused: Refused, trained: Path, value: float) -> None:
        change(trained, "fc1.bias", lambda array: np.array([0.0, value]))
        for command, options in {**USES, "info": (), "train": ("--data", "xo")}.items():
            assert "fc1.bias in its weights contains NaN" in refused(command, trained, *options)

    def test_half_precision(self, refused: Refused, do: Run, trained: Path) -> None:
        change(trained, "fc1.bias", lambda array: array.astype(np.float16))
        do("evaluate", trained, "--data", "xo")
        change(trained, "fc1.bias", lambda array: array * np.float16(np.inf))
        assert "fc1.bias in its weights contains NaN" in refused("evaluate", trained, "--data", "xo")

    def test_an_optimizer_whose_state_is_no_number(self, refused: Refused, trained: Path) -> None:
        saved = load(trained)
        assert saved.checkpoint is not None
        slots = {name: np.full_like(array, np.nan) for name, array in saved.checkpoint.slots.items()}
        save(trained, saved.project, saved.arrays, replace(saved.checkpoint, slots=slots))
        assert "the optimizer's mean contains NaN" in refused("train", trained, "--data", "xo")

    def test_weights_so_large_that_the_network_overflows(self, refused: Refused, trained: Path) -> None:
        for key in ("conv1.weight", "fc1.weight"):
            change(trained, key, lambda array: array * np.float32(1e30))
        for command in (("evaluate", *USES["evaluate"]), ("predict", "image.png"), ("export", *USES["export"])):
            assert "computes NaN or infinity" in refused(command[0], trained, *command[1:])


@pytest.mark.parametrize("channels", [3, 1000])
def test_scaling_for_other_channels(refused: Refused, trained: Path, channels: int) -> None:
    saved = load(trained)
    scaling = Scaling((0.0,) * channels, (1.0,) * channels)
    project = saved.project.with_data(replace(saved.project.data, scaling=scaling))
    save(trained, project, saved.arrays, saved.checkpoint)
    assert f"made for images of {channels} channels" in refused("predict", trained, "image.png")
