"""Every command in its public form, as text and as JSON."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnstudio.cli import result_file
from cnnstudio.cli.main import COMMANDS as DECLARED
from cnnstudio.data import open_dataset
from cnnstudio.engine.network import Network
from cnnstudio.export import FORMATS
from cnnstudio.project import TEMPLATES, ProjectFileError, load, save
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.schedule import Constant
from tests.cli.conftest import Refused, Run

CHECKOUT = Path(__file__).resolve().parents[2]
COMMANDS = [command.name for command in DECLARED]
PROGRESS = {"epoch", "step", "loss", "accuracy", "validation_loss", "validation_accuracy", "images_per_second"}


def started(*arguments: object, **environment: str) -> subprocess.Popen[str]:
    """A command in a separate process."""
    command = [sys.executable, "-m", "cnnstudio", *map(str, arguments)]
    whole = {**os.environ, "PYTHONPATH": str(CHECKOUT), **environment}
    return subprocess.Popen(command, env=whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


FOR_LONG = ("--data", "xo", "--epochs", 100_000, "--json")


def wait_for_epochs(process: subprocess.Popen[str], count: int) -> None:
    """Read its output until this many epochs are done."""
    assert process.stdout is not None
    for line in process.stdout:
        count -= '"event": "epoch"' in line
        if not count:
            return


class TestHelp:
    def test_every_command_is_listed(self, run: Run) -> None:
        completed = run("--help")
        assert completed.code == 0
        assert all(command in completed.out for command in COMMANDS)

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_help(self, run: Run, command: str) -> None:
        completed = run(command, "--help")
        assert completed.code == 0
        assert completed.out.startswith(f"usage: cnnstudio-cli {command}")

    @pytest.mark.parametrize("command", COMMANDS)
    def test_the_documentation_names_every_option(self, run: Run, command: str) -> None:
        form = (CHECKOUT / "docs" / "cli.md").read_text(encoding="utf-8").split("```")[1]
        usage = "".join(part for part in form.split("cnnstudio-cli ") if part.startswith(command))
        options = set(re.findall(r"(?<!\S)\[?(--?[a-z]+)", run(command, "--help").out.partition("\n\n")[0]))
        assert options - {"-h"} == set(re.findall(r"(?<![a-z])(--?[a-z]+)", usage))

    def test_version(self, run: Run) -> None:
        assert run("--version").out.startswith("cnnstudio 0.")


class TestTemplates:
    def test_text(self, do: Run) -> None:
        lines = do("templates").out.splitlines()
        assert [line.split()[0] for line in lines] == list(TEMPLATES)

    def test_json(self, do: Run) -> None:
        rows = {row["name"]: row for row in do("templates", "--json").json}
        assert list(rows) == list(TEMPLATES)
        lenet = rows["lenet5"]
        assert lenet["input_shape"] == [1, 28, 28]
        assert (lenet["classes"], lenet["parameters"]) == (10, 61_706)
        assert lenet["title"]


class TestNew:
    def test_a_template_becomes_a_file(self, do: Run, tmp_path: Path) -> None:
        completed = do("new", "lenet5", "-o", "l.cnn")
        assert "l.cnn: LeNet-5" in completed.out
        assert load(tmp_path / "l.cnn").project.title == TEMPLATES["lenet5"].title

    def test_for_other_images_and_classes(self, do: Run) -> None:
        do("new", "lenet5", "--input", "3,32,32", "--classes", 7, "-o", "l.cnn")
        layers = do("info", "l.cnn", "--json").json["layers"]
        assert layers[0]["output_shape"] == [3, 32, 32]
        assert layers[-1]["output_shape"] == [7]

    def test_for_a_dataset(self, do: Run) -> None:
        assert "problem" not in do("new", "lenet5", "--data", "shapes:24", "-o", "l.cnn").out
        layers = do("info", "l.cnn", "--json").json["layers"]
        assert layers[0]["output_shape"] == [3, 24, 24]
        assert layers[-1]["output_shape"] == [10]
        do("train", "l.cnn", "--data", "shapes:24", "--steps", "1")
        do("new", "lenet5", "--data", "shapes:24", "--classes", 3, "-o", "other.cnn")
        assert do("info", "other.cnn", "--json").json["layers"][-1]["output_shape"] == [3]

    def test_a_too_small_image_shape_is_saved_and_its_problems_are_listed(self, do: Run) -> None:
        assert "problem: conv2" in do("new", "lenet5", "--input", "1,6,6", "-o", "l.cnn").out

    def test_an_untrained_template_is_replaced(self, do: Run, tmp_path: Path) -> None:
        do("new", "lenet5", "--classes", 7, "-o", "l.cnn")
        do("new", "lenet5", "-o", "l.cnn")
        (tmp_path / "empty.cnn").touch()
        do("new", "xo", "-o", "empty.cnn")

    def test_a_trained_network_is_replaced_only_by_force(self, do: Run, refused: Refused, trained: Path) -> None:
        before = trained.read_bytes()
        message = refused("new", "xo", "-o", trained)
        assert "xo.cnn holds a trained network. Choose another name, or use --force to replace it." in message
        assert trained.read_bytes() == before
        do("new", "xo", "-o", trained, "--force")
        assert load(trained).checkpoint is None

    def test_an_edited_network_is_not_replaced(self, refused: Refused, xo_file: Path) -> None:
        project = load(xo_file).project
        save(xo_file, project.with_graph(project.graph.with_name("conv1", "edges")))
        assert "holds a network that somebody has edited" in refused("new", "xo", "-o", xo_file)

    def test_a_file_of_another_kind_is_not_replaced(self, refused: Refused, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("remember the milk")
        assert "notes.txt holds something other than a project" in refused("new", "xo", "-o", "notes.txt")
        assert (tmp_path / "notes.txt").read_text() == "remember the milk"


class TestInfo:
    def test_json(self, do: Run, xo_file: Path) -> None:
        facts = do("info", xo_file, "--json").json
        assert set(facts) >= {"layers", "parameters", "multiply_adds", "problems"}
        assert facts["problems"] == []
        keys = {"id", "kind", "name", "output_shape", "parameters", "multiply_adds"}
        assert all(set(layer) >= keys for layer in facts["layers"])
        conv = facts["layers"][1]
        assert (conv["id"], conv["kind"], conv["name"]) == ("conv1", "convolution", "conv1")
        assert (conv["output_shape"], conv["parameters"], conv["multiply_adds"]) == ([3, 7, 7], 30, 3 * 49 * 9)
        assert facts["parameters"] == sum(layer["parameters"] for layer in facts["layers"]) == 128
        assert facts["multiply_adds"] == sum(layer["multiply_adds"] for layer in facts["layers"])

    def test_text(self, do: Run, xo_file: Path) -> None:
        completed = do("info", xo_file).out
        assert "3 × 7 × 7" in completed
        assert "128 parameters" in completed

    def test_problems_are_listed_and_do_not_fail(self, do: Run) -> None:
        do("new", "lenet5", "--input", "1,6,6", "-o", "l.cnn")
        facts = do("info", "l.cnn", "--json").json
        (problem,) = facts["problems"]
        assert problem["layer"] == "conv2"
        assert problem["message"]
        assert problem["repairs"]
        assert facts["layers"][-1]["output_shape"] is None
        assert "problem: conv2" in do("info", "l.cnn").out


class TestData:
    def test_json(self, do: Run) -> None:
        facts = do("data", "xo", "--json").json
        assert (facts["samples"], facts["shape"], facts["class_names"]) == (2000, [1, 9, 9], ["X", "O"])
        splits = facts["splits"]
        assert {split: splits[split]["samples"] for split in splits} == {"train": 1200, "validation": 300, "test": 500}
        assert sum(sum(each["counts"].values()) for each in splits.values()) == 2000

    def test_text(self, do: Run) -> None:
        assert "X or O: 2,000 images, 1 × 9 × 9" in do("data", "xo").out

    def test_a_real_folder(self, do: Run, mnist: Path) -> None:
        facts = do("data", f"mnist:{mnist}", "--json").json
        assert facts["samples"] == 70_000
        assert facts["splits"]["test"]["counts"]["1"] == 1135


class TestTrain:
    def test_json_is_one_event_a_line(self, do: Run, xo_file: Path) -> None:
        lines = do("train", xo_file, "--data", "xo", "--epochs", 2, "--batch", 100, "--json").lines
        events = [line["event"] for line in lines]
        assert events == ["start", *["batch"] * 12, "epoch", *["batch"] * 12, "epoch", "done"]
        assert all(set(line) >= PROGRESS for line in lines[1:])
        assert [line["step"] for line in lines if line["event"] == "batch"] == list(range(1, 25))
        done = lines[-1]
        assert (done["epoch"], done["step"], done["reason"]) == (2, 24, "finished")
        assert 0 <= done["validation_accuracy"] <= 1
        assert done["images_per_second"] > 0

    def test_text_has_a_line_per_epoch(self, do: Run, xo_file: Path) -> None:
        lines = do("train", xo_file, "--data", "xo", "--epochs", 2).out.splitlines()
        assert [line.partition(":")[0] for line in lines[1:]] == ["epoch 1", "epoch 2"]
        assert "validation accuracy" in lines[-1]

    def test_the_first_line_tells_what_training_takes(self, do: Run, xo_file: Path) -> None:
        text = do("train", xo_file, "--data", "xo", "--steps", 1).out.splitlines()[0]
        assert re.search(r": An epoch takes about [\d.]+ s, training needs \d+ MB of memory\.$", text)
        start = do("train", xo_file, "--data", "xo", "--steps", 1, "--json").lines[0]
        assert start["event"] == "start"
        assert start["estimated_epoch_seconds"] > 0
        assert start["estimated_memory"] > 0

    def test_text_ends_with_the_results_within_an_epoch(self, do: Run, xo_file: Path) -> None:
        lines = do("train", xo_file, "--data", "xo", "--steps", 3).out.splitlines()
        assert lines[-1].startswith("step 3: loss ")

    def test_it_learns(self, do: Run, xo_file: Path) -> None:
        do("train", xo_file, "--data", "xo", "--epochs", 10)
        assert do("evaluate", xo_file, "--data", "xo", "--json").json["accuracy"] > 0.95

    def test_without_o_the_file_itself_is_updated(self, do: Run, xo_file: Path) -> None:
        before = xo_file.read_bytes()
        do("train", xo_file, "--data", "xo", "--steps", 1)
        assert xo_file.read_bytes() != before

    def test_with_o_the_input_file_is_unchanged(self, do: Run, xo_file: Path, tmp_path: Path) -> None:
        before = xo_file.read_bytes()
        do("train", xo_file, "--data", "xo", "--steps", 1, "-o", "other.cnn")
        assert xo_file.read_bytes() == before
        assert load(tmp_path / "other.cnn").checkpoint is not None

    def test_settings_from_the_command_line_are_saved(self, do: Run, xo_file: Path) -> None:
        options = ("--optimizer", "momentum", "--rate", 0.02, "--batch", 50, "--seed", 9, "--epochs", 1)
        do("train", xo_file, "--data", "xo", *options, "--device", "numpy")
        training = load(xo_file).project.training
        assert (training.optimizer.kind, training.optimizer.rate) == ("momentum", 0.02)
        settings = training.settings
        assert (settings.batch_size, settings.seed, settings.epochs) == (50, 9, 1)

    @pytest.mark.parametrize(("chosen", "used"), [((), 0.5), (("--rate", 0.003), 0.003)])
    def test_a_manual_learning_rate_is_kept_until_another_is_given(
        self, do: Run, xo_file: Path, chosen: tuple[object, ...], used: float
    ) -> None:
        project = load(xo_file).project
        constant = project.with_training(replace(project.training, schedule=Constant()))
        save(xo_file, constant, {}, Checkpoint(step=3, rate=0.5))
        lines = do("train", xo_file, "--data", "xo", "--steps", 2, *chosen, "--json").lines
        assert [line["rate"] for line in lines if line["event"] == "batch"] == [used, used]

    def test_steps_count_batches(self, do: Run, xo_file: Path) -> None:
        done = do("train", xo_file, "--data", "xo", "--steps", 7, "--json").lines[-1]
        assert (done["step"], done["reason"]) == (7, "finished")
        assert done["validation_loss"] is not None

    def test_the_same_seed_gives_the_same_file(self, do: Run, xo_file: Path, tmp_path: Path) -> None:
        for name in ("a.cnn", "b.cnn"):
            do("train", xo_file, "--data", "xo", "--steps", 20, "--seed", 5, "-o", name)
        with zipfile.ZipFile(tmp_path / "a.cnn") as a, zipfile.ZipFile(tmp_path / "b.cnn") as b:
            assert a.namelist() == b.namelist()
            for name in set(a.namelist()) - {"runs.json", "runs.safetensors"}:  # which tell how long it took
                assert a.read(name) == b.read(name), name

    def test_training_continues_where_it_stopped(self, do: Run, xo_file: Path) -> None:
        do("train", xo_file, "--data", "xo", "--steps", 40)
        lines = do("train", xo_file, "--data", "xo", "--steps", 3, "--json").lines
        assert [line["step"] for line in lines if line["event"] == "batch"] == [41, 42, 43]
        lines = do("train", xo_file, "--data", "xo", "--epochs", 1, "--json").lines
        assert (lines[-1]["step"], lines[-1]["epoch"]) == (2 * 75, 2)

    def test_nan_and_infinity_are_written_as_null(self, run: Run, xo_file: Path) -> None:
        completed = run("train", xo_file, "--data", "xo", "--optimizer", "sgd", "--rate", 100, "--json")
        assert completed.code == 1
        assert completed.lines[-1]["reason"] == "not_finite"
        assert "smaller learning rate" in completed.err

    @pytest.mark.skipif(os.name != "posix", reason="sends signals")
    @pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
    def test_a_signal_ends_the_run_and_saves_it(self, xo_file: Path, name: str) -> None:
        with started("train", xo_file, *FOR_LONG, PYTHONUNBUFFERED="1") as process:
            wait_for_epochs(process, 1)
            time.sleep(0.1)
            process.send_signal(getattr(signal, name))
            _, err = process.communicate(timeout=30)
        assert process.returncode == 1
        assert err.count("\n") == 1
        assert "the network is saved as it was then" in err
        saved = load(xo_file)
        assert saved.checkpoint is not None
        assert saved.checkpoint.step >= 75

    def test_a_killed_program_keeps_the_epochs_saved_before(self, xo_file: Path) -> None:
        with started("train", xo_file, *FOR_LONG, PYTHONUNBUFFERED="1") as process:
            wait_for_epochs(process, 2)
            process.kill()
        saved = load(xo_file)
        assert saved.checkpoint is not None
        assert saved.checkpoint.step >= 75
        assert saved.checkpoint.step % 75 == 0
        assert set(saved.checkpoint.slots) == {"mean", "squares"}

    def test_a_file_that_is_temporarily_unwritable_does_not_end_the_run(
        self, run: Run, xo_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls = []

        def sometimes(*what: Any, **options: Any) -> str:
            calls.append(what)
            if len(calls) == 1:
                raise ProjectFileError("xo.cnn cannot be written.")
            return save(*what, **options)

        monkeypatch.setattr(result_file, "save", sometimes)
        completed = run("train", xo_file, "--data", "xo", "--epochs", 3)
        assert completed.code == 0
        assert "Training continues" in completed.err
        assert len(calls) == 2
        checkpoint = load(xo_file).checkpoint
        assert checkpoint is not None
        assert checkpoint.step == 225


class TestEvaluate:
    def test_json(self, do: Run, trained: Path) -> None:
        facts = do("evaluate", trained, "--data", "xo", "--json").json
        assert set(facts) >= {"samples", "loss", "accuracy", "confusion"}
        confusion = np.array(facts["confusion"])
        assert confusion.sum() == facts["samples"] == 500
        assert np.trace(confusion) / 500 == facts["accuracy"]

    @pytest.mark.parametrize(("split", "samples"), [("train", 1200), ("validation", 300), ("test", 500)])
    def test_splits(self, do: Run, trained: Path, split: str, samples: int) -> None:
        assert do("evaluate", trained, "--data", "xo", "--split", split, "--json").json["samples"] == samples

    def test_text_shows_the_confusion(self, do: Run, trained: Path) -> None:
        lines = do("evaluate", trained, "--data", "xo").out.splitlines()
        assert lines[0].startswith("500 test images: loss")
        assert [line.split()[0] for line in lines[2:]] == ["X", "O"]


class TestPredict:
    def images(self, folder: Path) -> list[Path]:
        """Two files of the X-or-O test images, black and white."""
        dataset, paths = open_dataset("xo"), []
        for number in dataset.splits["test"][:2]:
            pixels = ((dataset.images[number, 0] > 0) * 255).astype(np.uint8)
            paths.append(folder / f"{number}.png")
            Image.fromarray(pixels).save(paths[-1])
        return paths

    def test_image_files_get_the_same_scores_as_in_the_dataset(self, do: Run, trained: Path, tmp_path: Path) -> None:
        rows = do("predict", trained, *self.images(tmp_path), "--json").lines
        dataset, saved = open_dataset("xo"), load(trained)
        network = Network.for_project(saved.project.graph, None, saved.arrays)
        scores = network.predict(dataset.take(dataset.splits["test"][:2])[0])
        for row, wanted in zip(rows, scores, strict=True):
            np.testing.assert_allclose([row["votes"]["X"], row["votes"]["O"]], wanted, atol=1e-6)
            assert row["class"] == "XO"[wanted.argmax()]

    def test_text_shows_class_and_scores(self, do: Run, trained: Path, tmp_path: Path) -> None:
        lines = do("predict", trained, *self.images(tmp_path)).out.splitlines()
        assert len(lines) == 2
        assert all("X 0." in line or "X 1." in line for line in lines)

    def test_raw_arrays_are_not_rescaled(self, do: Run, trained: Path, tmp_path: Path) -> None:
        x = np.random.default_rng(0).normal(size=(300, 1, 9, 9)).astype(np.float32)
        np.save(tmp_path / "x.npy", x)
        said = do("predict", trained, "--input", "x.npy", "--output", "y.npy").out
        assert said == "y.npy: 300 outputs of shape 2\n"
        saved = load(trained)
        network = Network.for_project(saved.project.graph, None, saved.arrays)
        y = np.load(tmp_path / "y.npy", allow_pickle=False)
        assert y.shape == (300, 2)
        np.testing.assert_allclose(y, network.predict(x), atol=1e-6)

    @pytest.mark.parametrize(
        ("layer", "shape"), [("conv1", (3, 7, 7)), ("pool1", (3, 4, 4)), ("fc1", (2,)), ("input", (1, 9, 9))]
    )
    def test_the_output_of_one_layer(
        self, do: Run, trained: Path, tmp_path: Path, layer: str, shape: tuple[int, ...]
    ) -> None:
        x = np.random.default_rng(0).normal(size=(5, 1, 9, 9)).astype(np.float32)
        np.save(tmp_path / "x.npy", x)
        do("predict", trained, "--input", "x.npy", "--output", "y.npy", "--layer", layer)
        saved = load(trained)
        network = Network.for_project(saved.project.graph, None, saved.arrays)
        y = np.load(tmp_path / "y.npy", allow_pickle=False)
        assert y.shape == (5, *{"input": (1, 9, 9), "conv1": (3, 7, 7), "pool1": (3, 4, 4), "fc1": (2,)}[layer])
        np.testing.assert_allclose(y, network.activations(x)[layer], atol=1e-6)

    def test_integer_arrays_are_accepted(self, do: Run, trained: Path, tmp_path: Path) -> None:
        np.save(tmp_path / "x.npy", np.ones((2, 1, 9, 9), np.uint8))
        do("predict", trained, "--input", "x.npy", "--output", "y.npy")
        assert np.load(tmp_path / "y.npy").shape == (2, 2)


class TestExportAndDevices:
    @pytest.mark.parametrize("name", ["npz", "safetensors"])
    def test_weights_are_written(self, do: Run, trained: Path, tmp_path: Path, name: str) -> None:
        assert name in FORMATS
        completed = do("export", trained, "--to", name, "-o", f"out.{name}")
        assert (tmp_path / f"out.{name}").stat().st_size > 0
        assert completed.out.startswith(f"out.{name}:")

    def test_devices_json(self, do: Run) -> None:
        rows = do("devices", "--json").json
        assert rows[0]["name"] == "numpy"
        assert rows[0]["usable"] is True

    def test_devices_text(self, do: Run) -> None:
        assert do("devices").out.startswith("numpy")


def test_a_closed_output_pipe_is_not_an_error_and_loses_nothing(xo_file: Path) -> None:
    with started("train", xo_file, *FOR_LONG) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1
    saved = load(xo_file)
    assert saved.checkpoint is not None
    assert saved.checkpoint.step > 0
    assert saved.arrays


def test_an_ascii_terminal_is_supported(xo_file: Path) -> None:
    with started("info", xo_file, PYTHONIOENCODING="ascii", PYTHONUTF8="0") as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "128 parameters" in out


def test_train_keeps_its_runs_in_the_file(do: Run, xo_file: Path) -> None:
    do("train", xo_file, "--data", "xo", "--epochs", 2, "--batch", 50)
    do("train", xo_file, "--data", "xo", "--epochs", 1, "--batch", 100)
    (run,) = load(xo_file).runs
    assert [done.epoch for done in run.epochs] == [1, 2, 3]
    assert run.steps[:, 0].tolist() == list(range(1, len(run.steps) + 1))
    assert (run.title, run.dataset, run.outcome) == ("Run 1", "X or O", "finished")
