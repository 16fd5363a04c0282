"""Project files: what goes in comes out, what is no project is refused, and a failure leaves the old file alone."""

from __future__ import annotations

import json
import os
import pickle
import struct
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save as save_tensors

from cnnstudio.data import DatasetName, Scaling
from cnnstudio.engine.network import Network
from cnnstudio.operations import OPTIMIZERS
from cnnstudio.project import (
    TEMPLATES,
    DataChoice,
    Project,
    ProjectFileError,
    load,
    new_project,
    require_writable,
    save,
)
from cnnstudio.training.checkpoint import Checkpoint
from cnnstudio.training.schedule import SCHEDULES, PlateauWatch
from cnnstudio.training.settings import Settings, TrainingChoice
from tests.malformed_values import with_one_malformed_value

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A sound project file with weights and a checkpoint."""
    project = new_project("xo")
    network = Network.create(project.graph, seed=5)
    checkpoint = Checkpoint(step=7, slots={"velocity": np.arange(4, dtype=np.float32)}, rate=0.25)
    save(tmp_path / "a.cnn", project, network.weights.arrays, checkpoint)
    return tmp_path / "a.cnn"


def members(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(file: Path, **changes: bytes | None) -> None:
    """Put other contents into members (`project`, `weights`, `checkpoint`); None removes one."""
    ends = {"project": "project.json", "weights": "weights.safetensors", "checkpoint": "checkpoint.safetensors"}
    whole: dict[str, bytes | None] = {**members(file), **{ends[name]: data for name, data in changes.items()}}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in whole.items():
            if data is not None:
                archive.writestr(name, data)


def json_of(file: Path) -> Any:
    return json.loads(members(file)["project.json"])


def refused(file: Path) -> str:
    """The sentence with which the file is refused."""
    with pytest.raises(ProjectFileError) as caught:
        load(file)
    message = str(caught.value)
    assert str(file) in message
    assert "\n" not in message
    return message


class TestRoundTrip:
    @pytest.mark.parametrize("name", TEMPLATES)
    def test_every_template(self, name: str, tmp_path: Path) -> None:
        save(tmp_path / "a.cnn", new_project(name))
        assert load(tmp_path / "a.cnn").project == new_project(name)

    def test_every_choice_of_data_and_training(self, tmp_path: Path) -> None:
        data = DataChoice(
            DatasetName("mnist", "/a b/ü"), 0.25, 9, ("cat", "dog"), Scaling((1.5, 2.0), (0.5, 4.0)), (-1.0, 1.0)
        )
        for optimizer in OPTIMIZERS.values():
            for schedule in SCHEDULES.values():
                training = TrainingChoice(optimizer(rate=0.5), schedule(warmup=2.0), Settings(epochs=3, clip=1.5))
                project = replace(new_project("xo"), title="Größe ✓", data=data, training=training)
                save(tmp_path / "a.cnn", project)
                assert load(tmp_path / "a.cnn").project == project

    def test_weights_are_loaded_bit_for_bit(self, file: Path) -> None:
        network = Network.create(new_project("xo").graph, seed=5)
        arrays = load(file).arrays
        assert set(arrays) == set(network.weights.arrays)
        for key, array in network.weights.arrays.items():
            assert arrays[key].dtype == array.dtype
            np.testing.assert_array_equal(arrays[key], array)

    def test_a_checkpoint_is_loaded_completely(self, tmp_path: Path) -> None:
        slots = {"mean": np.linspace(0, 1, 5, dtype=np.float32), "squares": np.zeros(5, np.float32)}
        checkpoint = Checkpoint(123, slots, PlateauWatch(0.125, 2, 1), 0.003, 4.5, 17, 96, "adam", 23)
        save(tmp_path / "a.cnn", new_project("xo"), {}, checkpoint)
        found = load(tmp_path / "a.cnn").checkpoint
        assert found is not None
        for name, slot in slots.items():
            np.testing.assert_array_equal(found.slots[name], slot)
        assert replace(found, slots={}) == replace(checkpoint, slots={})

    def test_a_project_without_weights(self, tmp_path: Path) -> None:
        save(tmp_path / "a.cnn", Project())
        saved = load(tmp_path / "a.cnn")
        assert (saved.project, saved.arrays, saved.checkpoint) == (Project(), {}, None)

    def test_equal_projects_give_equal_files(self, file: Path, tmp_path: Path) -> None:
        saved = load(file)
        save(tmp_path / "b.cnn", saved.project, saved.arrays, saved.checkpoint)
        assert (tmp_path / "b.cnn").read_bytes() == file.read_bytes()

    def test_a_lone_surrogate_in_the_title_does_not_prevent_saving(self, tmp_path: Path) -> None:
        save(tmp_path / "a.cnn", Project(title="broken \ud800"))
        assert load(tmp_path / "a.cnn").project.title == "broken ?"

    def test_the_file_can_be_read_with_common_tools(self, file: Path) -> None:
        assert json_of(file)["format"] == "cnnstudio"
        assert set(members(file)) == {"project.json", "weights.safetensors", "checkpoint.safetensors"}


class TestFromANewerProgram:
    def test_unknown_content_is_preserved(self, file: Path, tmp_path: Path) -> None:
        data = json_of(file)
        data["mood"] = {"happy": [1, 2]}
        data["graph"]["groups"] = [["conv1", "relu1"]]
        data["graph"]["nodes"][1]["note"] = "look"
        data["graph"]["nodes"][1]["layer"]["twist"] = 0.5
        data["data"]["augment"] = {"flip": True}
        data["training"]["settings"]["patience"] = 3
        data["training"]["ema"] = 0.99
        data["version"], data["program"] = 2, "9.9"
        rewrite(file, project=json.dumps(data).encode())
        saved = load(file)
        save(tmp_path / "b.cnn", replace(saved.project, title="edited"), saved.arrays, saved.checkpoint)
        again = json_of(tmp_path / "b.cnn")
        assert (again["title"], again["version"]) == ("edited", 1)
        kept = {key: value for key, value in data.items() if key not in ("title", "version", "program")}
        assert {key: again[key] for key in kept} == kept

    def test_a_file_that_needs_a_newer_program_is_refused(self, file: Path) -> None:
        data = {**json_of(file), "min_reader": 2, "program": "7.1"}
        rewrite(file, project=json.dumps(data).encode())
        message = refused(file)
        assert "newer version of CNN Studio (7.1)" in message
        assert "Install the newer version" in message

    def test_a_file_with_an_unknown_layer_opens(self, file: Path) -> None:
        data = json_of(file)
        data["graph"]["nodes"][2]["layer"] = {"kind": "attention", "heads": 2}
        rewrite(file, project=json.dumps(data).encode())
        assert load(file).project.graph.nodes["relu1"].layer.title == "Unknown layer"

    def test_an_unknown_optimizer_is_named(self, file: Path) -> None:
        data = json_of(file)
        data["training"]["optimizer"]["kind"] = "lion"
        rewrite(file, project=json.dumps(data).encode())
        assert "There is no optimizer 'lion'" in refused(file)


class Touch:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


BAD_NUMBERS: list[dict[str, np.ndarray | None]] = [
    {"step": None},
    {"step": np.array([-1])},
    {"step": np.array(3)},
    {"step": np.array([])},
    {"watch": np.zeros(2)},
    {"watch": np.array([0.0, -1.0, 0.0])},
    {"rate": np.array([np.nan])},
    {"rate": np.array([-0.1])},
    {"sums": np.array([1.0, np.inf, 2.0])},
    {"sums": np.zeros((3, 1))},
    {"since": np.array([4])},
    {"since": np.array([-1])},
    {"optimizer": np.array([255, 255], np.uint8)},
]


class TestRefuse:
    def test_a_missing_file(self, tmp_path: Path) -> None:
        assert "No such file" in refused(tmp_path / "none.cnn")

    def test_a_folder_or_a_pipe(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.cnn")
        assert "is not a file" in refused(tmp_path)
        assert "is not a file" in refused(tmp_path / "pipe.cnn")

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip at all", b"\x00" * 100])
    def test_a_file_that_is_not_a_zip(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "a.cnn").write_bytes(content)
        assert "not a CNN Studio project" in refused(tmp_path / "a.cnn")

    def test_a_zip_without_project_json(self, file: Path) -> None:
        rewrite(file, project=None)
        assert "it has no project.json" in refused(file)

    @pytest.mark.parametrize(
        "text", [b"", b"{", b"nonsense", b"[1, 2]", b"3", b"null", b"\xff\xfe\x00", b"[" * 100_000, b"{}"]
    )
    def test_an_invalid_project_json(self, file: Path, text: bytes) -> None:
        rewrite(file, project=text)
        refused(file)

    @pytest.mark.parametrize("format", [None, "keras", 3])
    def test_the_json_of_another_program(self, file: Path, format: object) -> None:
        rewrite(file, project=json.dumps({**json_of(file), "format": format}).encode())
        assert "belongs to another program" in refused(file)

    @pytest.mark.parametrize("name", ["weights", "checkpoint"])
    @pytest.mark.parametrize(
        "content",
        [b"", b"\0" * 8, b"garbage that is no tensor", struct.pack("<Q", 2**60) + b"{}", struct.pack("<Q", 2) + b"[]"],
    )
    def test_damaged_tensors(self, file: Path, name: str, content: bytes) -> None:
        rewrite(file, **{name: content})
        assert name in refused(file)

    @pytest.mark.parametrize("change", BAD_NUMBERS)
    def test_an_invalid_checkpoint(self, file: Path, change: dict[str, np.ndarray | None]) -> None:
        numbers = {f"numbers.{name}": array for name, array in {**Checkpoint(3).arrays(), **change}.items()}
        rewrite(file, checkpoint=save_tensors({name: array for name, array in numbers.items() if array is not None}))
        assert "checkpoint.safetensors" in refused(file)

    def test_a_flipped_bit(self, file: Path) -> None:
        data = bytearray(file.read_bytes())
        place = data.index(b"weights.safetensors") + 300
        data[place] ^= 1
        file.write_bytes(bytes(data))
        refused(file)

    @pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_damage_anywhere_is_read_or_refused(self, file: Path, method: int) -> None:
        whole = members(file)
        with zipfile.ZipFile(file, "w", method) as archive:
            for name, content in whole.items():
                archive.writestr(name, content)
        sound = file.read_bytes()
        rng, refusals = np.random.default_rng(method), 0
        for _ in range(60):
            data = bytearray(sound)
            place = int(rng.integers(len(data)))
            data[place : place + 8] = rng.bytes(8)
            file.write_bytes(bytes(data))
            try:
                load(file)
            except ProjectFileError:
                refusals += 1
        assert refusals > 20

    def test_a_name_that_is_not_text(self, file: Path) -> None:
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr("ö.json", "{}")
        file.write_bytes(file.read_bytes().replace("ö".encode(), b"\xff\xff"))
        assert "damaged" in refused(file)

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
    def test_a_truncated_file(self, file: Path, share: float) -> None:
        file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
        refused(file)

    @pytest.mark.parametrize("name", ["project.json", "weights.safetensors"])
    def test_a_zip_bomb_is_refused_before_it_takes_memory(self, file: Path, name: str) -> None:
        rewrite(file, **{name.partition(".")[0]: None})
        with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as member:
            for _ in range(200):
                member.write(bytes(1 << 20))
        assert file.stat().st_size < 1 << 20
        assert "would expand" in refused(file)

    def test_a_tensor_larger_than_memory(self, file: Path) -> None:
        data = bytearray(file.read_bytes())
        entry = data.rindex(b"weights.safetensors") - 46
        assert data[entry : entry + 4] == b"PK\x01\x02"
        data[entry + 20 : entry + 28] = struct.pack("<II", 0xFFFFFFF0, 0xFFFFFFF0)
        file.write_bytes(bytes(data))
        refused(file)

    def test_an_encrypted_member(self, file: Path) -> None:
        data = bytearray(file.read_bytes())
        for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            data[data.index(mark) + offset] |= 1
        file.write_bytes(bytes(data))
        refused(file)

    def test_nothing_in_a_file_is_unpickled(self, file: Path, tmp_path: Path) -> None:
        attack = pickle.dumps(Touch(tmp_path / "owned"))
        for name in ("project", "weights", "checkpoint"):
            before = file.read_bytes()
            rewrite(file, **{name: attack})
            refused(file)
            file.write_bytes(before)
        assert not (tmp_path / "owned").exists()
        pickle.loads(attack)
        assert (tmp_path / "owned").exists()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_project_with_one_malformed_value_opens_or_is_refused(file: Path, data: st.DataObject) -> None:
    before = members(file)["project.json"]
    try:
        rewrite(file, project=json.dumps(data.draw(with_one_malformed_value(json.loads(before)))).encode())
        try:
            saved = load(file)
        except ProjectFileError:
            return
        save(file, saved.project, saved.arrays, saved.checkpoint)
        assert load(file).project == saved.project
    finally:
        rewrite(file, project=before)


class TestWrite:
    def others(self, folder: Path) -> list[str]:
        """Files beside a.cnn, hidden ones as well."""
        return sorted(name for name in os.listdir(folder) if name != "a.cnn")

    @pytest.mark.parametrize("path", ["none/a.cnn", "a.cnn/b.cnn", "."])
    def test_an_unwritable_destination(self, file: Path, path: str) -> None:
        before = file.read_bytes()
        for attempt in (lambda target: save(target, Project()), require_writable):
            with pytest.raises(ProjectFileError, match=r"Choose another (folder|name)"):
                attempt(file.parent / path)
        assert file.read_bytes() == before
        assert self.others(file.parent) == []

    def test_a_folder_that_even_root_cannot_write(self) -> None:
        with pytest.raises(ProjectFileError, match="cannot be written"):
            save(Path("/proc/a.cnn"), Project())

    def test_a_device_or_pipe_is_never_replaced(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for attempt in (lambda target: save(target, Project()), require_writable):
            with pytest.raises(ProjectFileError, match="is not a file"):
                attempt(tmp_path / "pipe")
        assert (tmp_path / "pipe").is_fifo()
        assert self.others(tmp_path) == ["pipe"]

    def test_checking_a_destination_writes_nothing(self, file: Path) -> None:
        before = file.read_bytes()
        require_writable(file)
        require_writable(file.parent / "new.cnn")
        assert file.read_bytes() == before
        assert self.others(file.parent) == []

    @pytest.mark.parametrize("failing", ["os.fsync", "os.replace", "zipfile._ZipWriteFile.write"])
    def test_a_failure_at_any_moment_leaves_the_old_file(
        self, file: Path, monkeypatch: pytest.MonkeyPatch, failing: str
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        before = file.read_bytes()
        monkeypatch.setattr(failing, fail)
        with pytest.raises(ProjectFileError, match="No space left on device"):
            save(file, Project(title="new"))
        assert file.read_bytes() == before
        assert self.others(file.parent) == []

    def test_a_full_disk_leaves_the_old_file(self, file: Path) -> None:
        before = file.read_bytes()
        code = (
            "import resource, sys, numpy as np; from pathlib import Path\n"
            "from cnnstudio.project import Project, ProjectFileError, save\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
            "try: save(Path(sys.argv[1]), Project(), {'a': np.zeros(100_000, np.float32)})\n"
            "except ProjectFileError as error: print(error)\n"
        )
        command = [sys.executable, "-c", code, str(file)]
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert "cannot be written" in done.stdout
        assert file.read_bytes() == before
        assert self.others(file.parent) == []

    def test_permissions_of_the_old_file_are_kept(self, file: Path) -> None:
        file.chmod(0o640)
        save(file, Project())
        assert file.stat().st_mode & 0o777 == 0o640

    def test_a_new_file_gets_default_permissions(self, tmp_path: Path) -> None:
        (tmp_path / "other").touch()
        save(tmp_path / "a.cnn", Project())
        assert (tmp_path / "a.cnn").stat().st_mode == (tmp_path / "other").stat().st_mode

    def test_a_symlink_stays_a_symlink(self, file: Path) -> None:
        link = file.parent / "link.cnn"
        link.symlink_to(file)
        save(link, Project(title="through the link"))
        assert link.is_symlink()
        assert load(file).project.title == "through the link"

    def test_a_long_name(self, tmp_path: Path) -> None:
        path = tmp_path / f"{'x' * 250}.cnn"
        save(path, Project(title="long"))
        assert load(path).project.title == "long"


def test_members_added_by_a_newer_program_are_kept(file: Path) -> None:
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("runs/1.json", b'{"loss": [1.0]}')
        archive.writestr("notes.txt", b"by hand")
    opened = load(file)
    save(file, opened.project.with_data(DataChoice(seed=3)), opened.arrays)
    assert members(file)["runs/1.json"] == b'{"loss": [1.0]}'
    assert members(file)["notes.txt"] == b"by hand"
    assert load(file).project.data.seed == 3
