"""Whatever is wrong, a command reports it in one line, without a traceback, and exits with 1 or 2."""

from __future__ import annotations

import errno
import gzip
import json
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnstudio.graph import DataSpec, Edge, Graph, check, graph_to_dict
from cnnstudio.graph.edit import insert
from cnnstudio.layers.activation import ReLULayer, SoftmaxLayer
from cnnstudio.layers.convolution import ConvolutionLayer
from cnnstudio.project import Project, load, save
from tests.cli.conftest import Refused, Run
from tests.networks import small

BROKEN: dict[str, tuple[Callable[[], Graph], str]] = {
    "a loop": (lambda: small().with_edge(Edge("relu", "conv")), "loop: "),
    "no output": (lambda: small().without(["output"]), "no Output layer"),
    "no input": (lambda: small().without(["input"]), "no Input layer"),
    "nothing at all": (Graph, "no Input layer"),
    "shapes that do not fit": (
        lambda: small().with_layer("conv", ConvolutionLayer(kernel_size=(31, 31))),
        "does not fit",
    ),
    "a missing flatten": (
        lambda: small().without(["flatten"]).with_edge(Edge("pool", "fc")),
        "Insert Flatten before it",
    ),
    "a gap": (lambda: small().without_edge(Edge("conv", "relu")), "Needs an input"),
    "two names alike": (lambda: small().with_name("fc", "conv"), "names must be unique"),
}


def project_json(path: Path, change: Callable[[Any], None]) -> None:
    """Change the JSON of a project file."""
    with zipfile.ZipFile(path) as archive:
        data = json.loads(archive.read("project.json"))
    change(data)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.json", json.dumps(data))


def commands_on(file: object) -> list[tuple[object, ...]]:
    """Every command that reads a project."""
    return [
        ("info", file),
        ("train", file, "--data", "xo"),
        ("evaluate", file, "--data", "xo"),
        ("predict", file, "image.png"),
        ("export", file, "--to", "npz", "-o", "out.npz"),
    ]


class TestProjects:
    def test_a_missing_file(self, refused: Refused) -> None:
        for command in commands_on("none.cnn"):
            assert "none.cnn cannot be read (No such file or directory)" in refused(*command)

    def test_a_file_that_is_not_a_zip(self, refused: Refused, tmp_path: Path) -> None:
        (tmp_path / "a.cnn").write_text("hello")
        for command in commands_on("a.cnn"):
            assert "not a CNN Studio project" in refused(*command)

    def test_a_newer_version(self, refused: Refused, xo_file: Path) -> None:
        project_json(xo_file, lambda data: data.update(min_reader=2, program="8.0"))
        for command in commands_on(xo_file):
            assert "newer version of CNN Studio (8.0)" in refused(*command)

    def test_a_param_out_of_range(self, refused: Refused, xo_file: Path) -> None:
        project_json(xo_file, lambda data: data["graph"]["nodes"][1]["layer"].update(filters=-1))
        for command in commands_on(xo_file):
            assert "Layer conv1: Filters: -1 is outside 1 to 4096" in refused(*command)

    @pytest.mark.parametrize("name", BROKEN)
    def test_a_network_that_cannot_be_built(self, refused: Refused, tmp_path: Path, name: str) -> None:
        make, words = BROKEN[name]
        save(tmp_path / "a.cnn", Project(graph=make()))
        for command in commands_on("a.cnn")[1:]:
            assert words in refused(*command)

    @pytest.mark.parametrize("name", BROKEN)
    def test_info_lists_problems_and_does_not_fail(self, do: Run, tmp_path: Path, name: str) -> None:
        make, words = BROKEN[name]
        save(tmp_path / "a.cnn", Project(graph=make()))
        assert words in do("info", "a.cnn").out
        facts = do("info", "a.cnn", "--json").json
        assert any(words in problem["message"] for problem in facts["problems"])
        assert len(facts["layers"]) == len(make().nodes)

    def test_what_would_train_badly_is_said_before_training(self, do: Run, tmp_path: Path) -> None:
        graph, _ = insert(small(), SoftmaxLayer(), Edge("fc", "output"), (0.0, 0.0))
        save(tmp_path / "a.cnn", Project(graph=graph))
        warning = "warning: softmax1: Softmax is applied twice"
        assert warning in do("info", "a.cnn").out
        assert warning in do("train", "a.cnn", "--data", "xo", "--steps", "1").err

    def test_a_layer_of_a_newer_program(self, refused: Refused, do: Run, tmp_path: Path) -> None:
        graph, new = insert(small(), ReLULayer(), Edge("conv", "relu"), (0.0, 0.0))
        save(tmp_path / "a.cnn", Project(graph=graph))
        number = list(graph.nodes).index(new)
        project_json(
            tmp_path / "a.cnn", lambda data: data["graph"]["nodes"][number].update(layer={"kind": "attention"})
        )
        assert "newer version" in do("info", "a.cnn").out
        assert "newer version" in refused("train", "a.cnn", "--data", "xo")

    def test_two_edges_into_one_port(self, refused: Refused, tmp_path: Path) -> None:
        save(tmp_path / "a.cnn", Project(graph=small()))
        edges = [*graph_to_dict(small())["edges"], ["input", "relu", 0]]  # type: ignore[misc]
        project_json(tmp_path / "a.cnn", lambda data: data["graph"].update(edges=edges))
        assert "lead to one port" in refused("info", "a.cnn")


class TestOutputs:
    @pytest.mark.parametrize("place", ["none/out", "/proc/out", "."])
    def test_an_output_that_cannot_be_written(
        self, refused: Refused, trained: Path, place: str, tmp_path: Path
    ) -> None:
        np.save(tmp_path / "x.npy", np.zeros((1, 1, 9, 9), np.float32))
        for command in (
            ("new", "xo", "-o", place),
            ("train", trained, "--data", "xo", "--epochs", 100_000, "-o", place),
            ("export", trained, "--to", "npz", "-o", place),
            ("predict", trained, "--input", "x.npy", "--output", place),
        ):
            assert place in refused(*command)

    def test_a_device_or_pipe_is_never_replaced(self, refused: Refused, trained: Path, tmp_path: Path) -> None:
        np.save(tmp_path / "x.npy", np.zeros((1, 1, 9, 9), np.float32))
        os.mkfifo(tmp_path / "pipe")
        for command in (
            ("new", "xo", "-o", "pipe"),
            ("train", trained, "--data", "xo", "-o", "pipe"),
            ("export", trained, "--to", "npz", "-o", "pipe"),
            ("predict", trained, "--input", "x.npy", "--output", "pipe"),
        ):
            assert "pipe cannot be written (it is not a file)" in refused(*command)
        assert (tmp_path / "pipe").is_fifo()

    def test_a_refused_output_leaves_nothing_behind(self, refused: Refused, trained: Path, tmp_path: Path) -> None:
        before = sorted(tmp_path.iterdir())
        refused("train", trained, "--data", "xo", "-o", "none/out.cnn")
        refused("export", trained, "--to", "npz", "-o", "none/out.npz")
        assert sorted(tmp_path.iterdir()) == before

    def test_a_full_disk_keeps_the_existing_output(
        self, refused: Refused, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(handle: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        np.save(tmp_path / "x.npy", np.zeros((1, 1, 9, 9), np.float32))
        (tmp_path / "y.npy").write_bytes(b"the last good output")
        before = sorted(tmp_path.iterdir())
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fail)
            message = refused("predict", trained, "--input", "x.npy", "--output", "y.npy")
        assert "y.npy cannot be written (No space left on device)" in message
        assert (tmp_path / "y.npy").read_bytes() == b"the last good output"
        assert sorted(tmp_path.iterdir()) == before


class TestData:
    def refusals(self, refused: Refused, xo_file: Path, data: str) -> list[str]:
        """The message of each command that reads data."""
        return [
            refused("data", data),
            refused("train", xo_file, "--data", data),
            refused("evaluate", xo_file, "--data", data),
        ]

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """A valid MNIST-like folder."""
        folder = tmp_path / "digits"
        folder.mkdir()
        for part, count in (("train", 20), ("t10k", 5)):
            images = struct.pack(">4I", 0x803, count, 9, 9) + bytes(count * 81)
            labels = struct.pack(">2I", 0x801, count) + bytes(number % 2 for number in range(count))
            (folder / f"{part}-images-idx3-ubyte").write_bytes(images)
            (folder / f"{part}-labels-idx1-ubyte").write_bytes(labels)
        return folder

    def test_a_valid_folder_is_accepted(self, do: Run, xo_file: Path, folder: Path) -> None:
        assert do("data", f"mnist:{folder}", "--json").json["samples"] == 25
        do("train", xo_file, "--data", f"mnist:{folder}", "--steps", 1)

    def test_an_unknown_kind(self, refused: Refused, xo_file: Path) -> None:
        for message in self.refusals(refused, xo_file, "imagenet:/data"):
            assert "There is no dataset 'imagenet'" in message
            assert "mnist:FOLDER" in message

    def test_a_missing_folder(self, refused: Refused, xo_file: Path) -> None:
        for message in self.refusals(refused, xo_file, "mnist:/nowhere"):
            assert "There is no folder /nowhere" in message

    def test_a_folder_without_idx_files(self, refused: Refused, xo_file: Path, tmp_path: Path) -> None:
        for message in self.refusals(refused, xo_file, f"mnist:{tmp_path}"):
            assert "has no train-images-idx3-ubyte" in message

    def test_a_truncated_file(self, refused: Refused, xo_file: Path, folder: Path) -> None:
        path = folder / "train-images-idx3-ubyte"
        path.write_bytes(path.read_bytes()[:500])
        for message in self.refusals(refused, xo_file, f"mnist:{folder}"):
            assert "truncated or damaged" in message

    def test_a_header_with_a_wrong_count(self, refused: Refused, xo_file: Path, folder: Path) -> None:
        path = folder / "train-images-idx3-ubyte"
        lying = struct.pack(">4I", 0x803, 2**31, 28, 28) + bytes(100)
        path.write_bytes(lying)
        for message in self.refusals(refused, xo_file, f"mnist:{folder}"):
            assert "contains 100" in message
        path.unlink()
        (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(lying))
        for message in self.refusals(refused, xo_file, f"mnist:{folder}"):
            assert "truncated or damaged" in message

    def test_images_that_do_not_fit_the_network(self, refused: Refused, do: Run) -> None:
        do("new", "lenet5", "-o", "l.cnn")
        for command in ("train", "evaluate"):
            message = refused(command, "l.cnn", "--data", "xo")
            assert "images of 1 × 9 × 9" in message
            assert message.endswith(
                "or create one that fits: cnnstudio-cli new lenet5 --input 1,9,9 --classes 2 -o OTHER.cnn"
            )

    @pytest.mark.parametrize("name", ["alexnet", "vgg16"])
    def test_the_error_for_a_thousand_classes_says_how_to_fit_other_data(
        self, refused: Refused, do: Run, name: str
    ) -> None:
        do("new", name, "-o", "large.cnn")
        message = refused("train", "large.cnn", "--data", "shapes:224")
        assert "The data has 10 classes, but the network has 1000 outputs." in message
        assert "Set fc3 to 10 outputs in the window" in message
        command = f"cnnstudio-cli new {name} --classes 10 -o OTHER.cnn"
        assert message.endswith(f"create one that fits: {command}")
        do(*command.split()[1:])
        assert check(load(Path("OTHER.cnn")).project.graph, DataSpec((3, 224, 224), 10)).ok

    def test_a_split_without_images(self, refused: Refused, xo_file: Path, folder: Path) -> None:
        project_json(xo_file, lambda data: data["data"].update(validation=0.0))
        data = f"mnist:{folder}"
        assert "no validation images" in refused("evaluate", xo_file, "--data", data, "--split", "validation")


class TestOptions:
    def test_an_unknown_template(self, refused: Refused) -> None:
        message = refused("new", "resnet1001", "-o", "a.cnn")
        assert "no template 'resnet1001'" in message
        assert "lenet5" in message

    def test_an_input_out_of_range(self, refused: Refused) -> None:
        assert "99999 is outside 1 to 4096" in refused("new", "xo", "--input", "1,99999,1", "-o", "a.cnn")

    @pytest.mark.parametrize("device", ["gpu", "cuda:0", "opencl:99", "opencl:x", "", "numpy:1"])
    def test_an_unknown_device(self, refused: Refused, xo_file: Path, device: str) -> None:
        assert "device" in refused("train", xo_file, "--data", "xo", "--device", device)

    @pytest.mark.parametrize("rate", ["-1", "-0.001", "nan", "inf", "1e9"])
    def test_a_learning_rate_out_of_range(self, refused: Refused, xo_file: Path, rate: str) -> None:
        assert "Learning rate: " in refused("train", xo_file, "--data", "xo", f"--rate={rate}")

    def test_a_batch_size_out_of_range(self, refused: Refused, xo_file: Path) -> None:
        assert "Batch size: " in refused("train", xo_file, "--data", "xo", "--batch", 10**6)

    def test_nudge_on_a_large_network(self, refused: Refused, do: Run) -> None:
        do("new", "lenet5", "-o", "l.cnn")
        assert "choose another optimizer" in refused("train", "l.cnn", "--data", "digits", "--optimizer", "nudge")

    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("fly",),
            ("new", "xo"),
            ("new", "-o", "a.cnn"),
            ("new", "xo", "-o", "a.cnn", "--input", "1,28"),
            ("new", "xo", "-o", "a.cnn", "--input", "a,b,c"),
            ("new", "xo", "-o", "a.cnn", "--classes", "0"),
            ("info",),
            ("train", "a.cnn"),
            ("train", "a.cnn", "--data", "xo", "--epochs", "0"),
            ("train", "a.cnn", "--data", "xo", "--epochs", "1.5"),
            ("train", "a.cnn", "--data", "xo", "--epochs", "1", "--steps", "1"),
            ("train", "a.cnn", "--data", "xo", "--steps", "9" * 30),
            ("train", "a.cnn", "--data", "xo", "--optimizer", "lion"),
            ("train", "a.cnn", "--data", "xo", "--rate", "fast"),
            ("train", "a.cnn", "--data", "xo", "--seed", "-1"),
            ("evaluate", "a.cnn", "--data", "xo", "--split", "exam"),
            ("predict", "a.cnn"),
            ("predict", "a.cnn", "p.png", "--input", "x.npy", "--output", "y.npy"),
            ("predict", "a.cnn", "--input", "x.npy"),
            ("predict", "a.cnn", "p.png", "--layer", "conv1"),
            ("export", "a.cnn", "--to", "floppy", "-o", "out"),
            ("export", "a.cnn", "-o", "out"),
        ],
        ids=" ".join,
    )
    def test_wrong_usage_exits_with_two_and_points_to_the_help(
        self, refused: Refused, arguments: tuple[str, ...]
    ) -> None:
        assert refused(*arguments, code=2).endswith("--help")


class TestPredict:
    def test_a_file_that_is_not_an_image(self, refused: Refused, trained: Path, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_text("not an image")
        assert "a.png is not an image" in refused("predict", trained, "a.png")
        assert "There is no image b.png" in refused("predict", trained, "b.png")

    def test_images_before_a_bad_one_are_answered(self, run: Run, trained: Path, tmp_path: Path) -> None:
        Image.new("L", (9, 9)).save(tmp_path / "good.png")
        completed = run("predict", trained, "good.png", "good.png", "none.png", "good.png")
        assert [line.split(":")[0] for line in completed.out.splitlines()] == ["good.png", "good.png"]
        assert (completed.code, completed.err) == (1, "cnnstudio-cli: There is no image none.png.\n")

    @pytest.mark.parametrize(
        "array",
        [
            np.zeros((2, 9, 9), np.float32),
            np.zeros((2, 3, 9, 9), np.float32),
            np.zeros((2, 1, 28, 28), np.float32),
            np.zeros((0, 1, 9, 9), np.float32),
            np.zeros((), np.float32),
            np.zeros((2, 1, 9, 9), np.complex64),
            np.zeros((2, 1, 9, 9), "U3"),
            np.array([{"a": 1}], dtype=object),
        ],
        ids=lambda array: f"{array.dtype} {array.shape}",
    )
    def test_an_array_of_the_wrong_kind(
        self, refused: Refused, trained: Path, tmp_path: Path, array: np.ndarray
    ) -> None:
        np.save(tmp_path / "x.npy", array, allow_pickle=True)
        assert "x.npy" in refused("predict", trained, "--input", "x.npy", "--output", "y.npy")
        assert not (tmp_path / "y.npy").exists()

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"not an array",
            b"\x93NUMPY\x01\x00\x10\x00{'descr': '<f4',",
            b"\x93NUMPY\x01\x00\x12\x00{'descr': (((((((\n",
            b"\x93NUMPY\x01\x00\x46\x00{'descr': '<f4', 'fortran_order': False, 'shape': (99999999, 1, 9, 9)}\n   ",
            b"\x93NUMPY\x09\x00\x10\x00",
            b"PK\x03\x04",
        ],
    )
    def test_a_file_that_is_not_an_array(self, refused: Refused, trained: Path, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "x.npy").write_bytes(content)
        assert "x.npy cannot be read as a NumPy array" in refused(
            "predict", trained, "--input", "x.npy", "--output", "y.npy"
        )

    def test_several_arrays(self, refused: Refused, trained: Path, tmp_path: Path) -> None:
        np.savez(tmp_path / "x.npz", a=np.zeros(3))
        assert "several arrays" in refused("predict", trained, "--input", "x.npz", "--output", "y.npy")

    def test_an_unknown_layer(self, refused: Refused, trained: Path, tmp_path: Path) -> None:
        np.save(tmp_path / "x.npy", np.zeros((1, 1, 9, 9), np.float32))
        message = refused("predict", trained, "--input", "x.npy", "--output", "y.npy", "--layer", "conv9")
        assert "no layer 'conv9'" in message
        assert "conv1" in message
