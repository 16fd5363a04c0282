"""Files made to harm, and unlucky moments: refused before they take time or memory, and nobody's work is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnstudio.atomic_write import ENDING, replacing
from cnnstudio.graph import Graph, Node, graph_from_dict, graph_to_dict
from cnnstudio.layers.activation import ReLULayer
from cnnstudio.project import (
    Project,
    ProjectFileChangedError,
    ProjectFileError,
    load,
    new_project,
    require_writable,
    save,
)
from tests.support.cost import cheaply


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A sound project file without weights."""
    save(tmp_path / "a.cnn", new_project("xo"))
    return tmp_path / "a.cnn"


def with_json(file: Path, text: bytes) -> None:
    """Replace the file by one with this project.json alone."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.json", text)


def json_of(file: Path) -> Any:
    with zipfile.ZipFile(file) as archive:
        return json.loads(archive.read("project.json"))


def refused_cheaply(file: Path) -> str:
    """The sentence with which the file is refused, within the limits of time and memory."""
    with cheaply(), pytest.raises(ProjectFileError) as caught:
        load(file)
    return str(caught.value)


class TestLimits:
    def test_json_of_many_values(self, file: Path) -> None:
        with_json(file, b'{"a": [' + b"[]," * 2_000_000 + b"0]}")
        assert "more than 300,000 values" in refused_cheaply(file)

    def test_json_of_many_bytes(self, file: Path) -> None:
        with_json(file, b'"' + b" " * (12 << 20) + b'"')
        assert "far too many" in refused_cheaply(file)

    @pytest.mark.parametrize("depth", [60, 990, 100_000])
    def test_json_nested_too_deep_to_be_saved(self, file: Path, depth: int) -> None:
        text = json.dumps(json_of(file))[:-1] + ', "more": ' + "[" * depth + "]" * depth + "}"
        with_json(file, text.encode())
        assert "project.json" in refused_cheaply(file)

    def test_many_members(self, file: Path) -> None:
        with zipfile.ZipFile(file, "a") as archive:
            for number in range(3000):
                archive.writestr(f"{number}", b"")
        assert "at most 1,000" in refused_cheaply(file)

    def test_members_that_expand_too_far_together(self, file: Path) -> None:
        with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
            for number in range(5):
                archive.writestr(f"{number}", bytes(30 << 20))
        assert "would expand" in refused_cheaply(file)

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_compression_that_cannot_be_limited(self, file: Path, method: int) -> None:
        text = json.dumps(json_of(file))
        with zipfile.ZipFile(file, "w", method) as archive:
            archive.writestr("project.json", text)
        assert "unsupported method" in refused_cheaply(file)


class TestSaving:
    """What could not be opened again is not saved, and the old file stays."""

    def test_more_layers_than_can_be_opened(self, file: Path) -> None:
        before = file.read_bytes()
        nodes = {str(number): Node(str(number), ReLULayer(), str(number)) for number in range(5001)}
        with pytest.raises(ProjectFileError, match=r"could not be opened again: .* at most 5,000"):
            save(file, Project(graph=Graph(nodes)))
        assert file.read_bytes() == before

    @pytest.mark.parametrize("name", ["", "a" * 300, "a\0b"])
    def test_a_name_that_cannot_be_read(self, file: Path, name: str) -> None:
        with pytest.raises(ProjectFileError, match="could not be opened again"):
            save(file, Project(graph=new_project("xo").graph.with_name("conv1", name)))

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_weights_that_are_no_numbers(self, file: Path, value: float) -> None:
        before = file.read_bytes()
        with pytest.raises(ProjectFileError, match=r"conv1\.weight contains NaN, infinity"):
            save(file, new_project("xo"), {"conv1.weight": np.full((3, 1, 3, 3), value, np.float32)})
        assert file.read_bytes() == before


class TestText:
    @pytest.mark.parametrize("key", ["id", "name"])
    def test_a_lone_surrogate_is_refused(self, file: Path, key: str) -> None:
        data = json_of(file)
        data["graph"]["nodes"][1][key] = "conv\ud800"
        with_json(file, json.dumps(data).encode())
        assert "contains an invalid character" in refused_cheaply(file)

    def test_escape_sequences_are_shown_as_text(self, file: Path) -> None:
        with_json(file, json.dumps({**json_of(file), "min_reader": 2, "program": "9\n\x1b[31m"}).encode())
        assert r"(9\n\x1b[31m)" in refused_cheaply(file)


@pytest.mark.parametrize("place", [1e30, -1e12])
def test_nodes_at_huge_coordinates_are_rearranged(place: float) -> None:
    data: Any = graph_to_dict(new_project("xo").graph)
    data["nodes"][1]["position"] = [place, place]
    graph = graph_from_dict(data)
    assert all(abs(number) < 1e5 for node in graph.nodes.values() for number in node.position)
    assert graph.wiring == new_project("xo").graph.wiring


class TestTwoWriters:
    def test_a_file_changed_by_another_program_is_not_overwritten(self, file: Path) -> None:
        read = load(file)
        save(file, Project(title="theirs"))
        with pytest.raises(ProjectFileChangedError, match="another program has changed it"):
            save(file, read.project, expected=read.contents_hash)
        assert load(file).project.title == "theirs"
        save(file, read.project)
        assert load(file).project == read.project

    def test_an_unchanged_file_can_be_saved_repeatedly(self, file: Path) -> None:
        known = load(file).contents_hash
        os.utime(file, (1, 1))
        for title in ("one", "two"):
            known = save(file, Project(title=title), expected=known)
        assert load(file).contents_hash == known

    def test_a_deleted_file_is_written_again(self, file: Path) -> None:
        known = load(file).contents_hash
        file.unlink()
        save(file, Project(title="back"), expected=known)
        assert load(file).project.title == "back"

    def test_a_damaged_file_counts_as_changed(self, file: Path) -> None:
        known = load(file).contents_hash
        file.write_bytes(b"damaged")
        with pytest.raises(ProjectFileChangedError):
            save(file, Project(), expected=known)


class TestPlaces:
    def test_a_read_only_file_is_not_replaced(self, file: Path) -> None:
        file.chmod(0o444)
        for attempt in (lambda: save(file, Project()), lambda: require_writable(file)):
            with pytest.raises(ProjectFileError, match="it is read-only"):
                attempt()

    def test_a_symlink_loop_or_an_invalid_path(self, tmp_path: Path) -> None:
        (tmp_path / "b.cnn").symlink_to(tmp_path / "c.cnn")
        (tmp_path / "c.cnn").symlink_to(tmp_path / "b.cnn")
        for path in (tmp_path / "b.cnn", tmp_path / "a\0.cnn"):
            for attempt in (lambda path=path: save(path, Project()), lambda path=path: load(path)):
                with pytest.raises(ProjectFileError, match="cannot be"):
                    attempt()

    def test_a_file_system_without_permissions(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "chmod", fail)
        save(file, Project(title="saved"))
        assert load(file).project.title == "saved"


def test_stale_temporary_files_are_removed_and_those_in_use_are_kept(file: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from cnnstudio.atomic_write import replacing\n"
        "with replacing(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    subprocess.run([sys.executable, "-c", code, str(file)], env=environment, timeout=60)
    (stale,) = file.parent.glob(f".*{ENDING}")
    with replacing(file) as mine:
        mine.write_bytes(b"mine")
        assert not stale.exists()
        save(file, Project(title="theirs"))
        assert mine.exists()
    assert file.read_bytes() == b"mine"
    assert [path.name for path in file.parent.iterdir()] == ["a.cnn"]


def test_large_unknown_members_are_streamed(file: Path, tmp_path: Path) -> None:
    block = os.urandom(1 << 20)
    with zipfile.ZipFile(file, "a") as archive, archive.open("more.bin", "w") as member:
        for _ in range(150):
            member.write(block)
    with cheaply(seconds=60):
        opened = load(file)
        save(file, opened.project.with_graph(opened.project.graph))
        save(tmp_path / "b.cnn", opened.project)
    for path in (file, tmp_path / "b.cnn"):
        with zipfile.ZipFile(path) as archive, archive.open("more.bin") as member:
            assert member.read(1 << 20) == block
            assert archive.getinfo("more.bin").file_size == 150 << 20
