"""From a template to a trained network in another runtime, by the command line alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnnstudio.export import FORMATS
from tests.export.networks import run_onnx

ROOT = Path(__file__).parents[2]


def cnnstudio(*arguments: str | Path, fails: bool = False) -> str:
    """Run the command line; returns its output, or stderr if it is expected to fail."""
    command = [sys.executable, "-m", "cnnstudio", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == int(fails), done.stderr
    return done.stderr if fails else done.stdout


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("export") / "xo.cnn"
    cnnstudio("new", "xo", "-o", project)
    cnnstudio("train", project, "--data", "xo", "--steps", "25", "--seed", "3")
    return project


def test_a_trained_network_gives_the_same_output_in_onnx_runtime(trained: Path, tmp_path: Path) -> None:
    x = np.random.default_rng(0).random((40, 1, 9, 9), np.float32)
    np.save(tmp_path / "x.npy", x)
    line = cnnstudio("export", trained, "--to", "onnx", "-o", tmp_path / "xo.onnx")
    assert "checked with ONNX Runtime" in line
    assert line.count("\n") == 1
    cnnstudio("predict", trained, "--input", tmp_path / "x.npy", "--output", tmp_path / "y.npy")
    expected = np.load(tmp_path / "y.npy")
    answers = run_onnx(tmp_path / "xo.onnx", x)
    assert answers.shape == expected.shape == (40, 2)
    assert np.ptp(expected[:, 0]) > 1e-3
    np.testing.assert_allclose(answers, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_written_or_reports_a_missing_package(format: str, trained: Path, tmp_path: Path) -> None:
    out = tmp_path / f"xo{FORMATS[format].extension}"
    assert str(out) in cnnstudio("export", trained, "--to", format, "-o", out)
    assert out.stat().st_size > 400
    nowhere = tmp_path / "missing" / "xo"
    complaint = cnnstudio("export", trained, "--to", format, "-o", nowhere, fails=True)
    assert complaint.startswith(f"cnnstudio-cli: {nowhere} cannot be written")
    assert "Traceback" not in complaint


def test_onnx_is_imported_only_for_an_export() -> None:
    program = "import sys, cnnstudio.cli; sys.exit('onnx' in sys.modules or 'onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60).returncode == 0
