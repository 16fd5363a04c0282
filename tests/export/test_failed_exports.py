"""A failed export gives the reason in one sentence and changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from cnnstudio.engine.network import Network
from cnnstudio.export import FORMATS, ExportError, export_network
from cnnstudio.project import new_project
from tests.export.networks import names_of, random_network

GRAPH = new_project("lenet5").graph
NAMES = names_of(GRAPH)


@pytest.fixture
def network() -> Network:
    return random_network(GRAPH)


@pytest.fixture
def small_files() -> Iterator[None]:
    """As on a full disk: no file may grow beyond 20 kB."""
    resource = pytest.importorskip("resource", reason="only Unix can limit the size of files")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("format", FORMATS)
def test_unwritable_destinations(format: str, network: Network, tmp_path: Path) -> None:
    """Also as root, who may write nearly everywhere else."""
    file, folder = tmp_path / "file", tmp_path / "folder"
    file.write_text("mine")
    folder.mkdir()
    for path in (file / "out", tmp_path / "missing" / "out", folder, Path("/proc/out")):
        with pytest.raises(ExportError, match=r"cannot be written \(.+\)\. Choose another folder") as caught:
            export_network(format, network, path, NAMES)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
    assert file.read_text() == "mine"
    assert sorted(tmp_path.iterdir()) == [file, folder]
    assert not any(folder.iterdir())


@pytest.mark.parametrize("format", FORMATS)
def test_names_that_no_encoding_knows(format: str, network: Network, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff line\n")
    assert export_network(format, network, path, NAMES)
    assert path.stat().st_size > network.weights.trained.nbytes


@pytest.mark.parametrize("format", FORMATS)
def test_a_full_disk_keeps_the_existing_file(format: str, network: Network, tmp_path: Path, small_files: None) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"the last good export")
    with pytest.raises(ExportError, match="free some space"):
        export_network(format, network, path, NAMES)
    assert path.read_bytes() == b"the last good export"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("format", FORMATS)
def test_an_export_replaces_the_existing_file(format: str, network: Network, tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    assert export_network(format, network, path, NAMES).startswith(f"{path}: ")
    assert path.read_bytes() != b"old"
    assert path.stat().st_mode & 0o777 == _mode_of_new_files(tmp_path)


def _mode_of_new_files(folder: Path) -> int:
    (folder / "probe").touch()
    return (folder / "probe").stat().st_mode & 0o777


@pytest.mark.parametrize(("error", "refused"), [(3e-4, True), (-3e-4, True), (5e-5, False)])
def test_an_export_with_different_outputs_is_refused(
    error: float, refused: bool, network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict = Network.predict
    monkeypatch.setattr(Network, "predict", lambda self, x: predict(self, x) + np.float32(error))
    path = tmp_path / "out.onnx"
    if not refused:
        assert "largest difference 5e-05" in export_network("onnx", network, path, NAMES)
        return
    path.write_bytes(b"the last good export")
    with pytest.raises(ExportError, match=r"differ from the network's by up to 0\.0003"):
        export_network("onnx", network, path, NAMES)
    assert path.read_bytes() == b"the last good export"
    assert list(tmp_path.iterdir()) == [path]


def test_a_network_that_computes_no_numbers_is_not_exported(network: Network, tmp_path: Path) -> None:
    """Also where the file computes NaN and infinity, too."""
    network.weights.trained[...] *= 1e30
    with pytest.raises(ExportError, match="computes NaN or infinity"):
        export_network("onnx", network, tmp_path / "out.onnx", NAMES)
    assert not any(tmp_path.iterdir())


def test_the_error_of_a_runtime_is_quoted(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(onnxruntime.InferenceSession):  # type: ignore[misc]
        def run(self, *arguments: Any) -> Any:
            return super().run(["no such output"], *arguments[1:])

    monkeypatch.setattr(onnxruntime, "InferenceSession", Refusing)
    with pytest.raises(
        ExportError, match=r"ONNX Runtime .* rejects the file, so it was not written: .*no such output"
    ) as caught:
        export_network("onnx", network, tmp_path / "out.onnx", NAMES)
    assert "\n" not in str(caught.value)
    assert not any(tmp_path.iterdir())
