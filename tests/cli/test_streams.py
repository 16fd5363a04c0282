"""Standard output that is closed, full or no longer read gives no traceback; foreign text is printed plainly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from cnnstudio.project import load, save
from tests.cli.conftest import Run

CHECKOUT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")


def shell(line: str, folder: Path) -> tuple[int, str]:
    """Run a line of shell in which CLI is the command line; returns its exit code and what it wrote to stderr."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "CLI": f"{sys.executable} -m cnnstudio"}
    done = subprocess.run(
        ["bash", "-c", line],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stderr


FULL = "cnnstudio-cli: The output cannot be written (No space left on device).\n"


@pytest.mark.parametrize(
    ("line", "code", "err"),
    [
        ("$CLI templates >&-", 0, ""),
        ("$CLI templates >/dev/full", 1, FULL),
        ("$CLI train xo.cnn --data xo --steps 2 -o out.cnn >&- 2>&- <&-", 0, ""),
        ("$CLI train xo.cnn --data xo --steps 2 -o out.cnn --json >/dev/full", 1, FULL),
        ("$CLI info nothing.cnn 2>&-", 1, ""),
        ("$CLI info nothing.cnn 2>/dev/full", 1, ""),
        ("$CLI info nothing.cnn >&-", 1, "cnnstudio-cli: nothing.cnn cannot be read (No such file or directory).\n"),
        ("$CLI info xo.cnn --json | head -n 1", 0, ""),
        ("$CLI --help >/dev/full; true", 0, ""),
    ],
)
def test_output_that_nobody_gets(xo_file: Path, tmp_path: Path, line: str, code: int, err: str) -> None:
    assert shell(line, tmp_path) == (code, err)
    if "train" in line:
        assert load(tmp_path / "out.cnn").arrays


FOREIGN = "\x1b[31mred\nline \u202e\x07"


def test_names_from_files_are_printed_in_plain_letters(do: Run, trained: Path) -> None:
    saved = load(trained)
    project = saved.project.with_graph(saved.project.graph.with_name("conv1", FOREIGN))
    project = project.with_data(replace(project.data, class_names=(FOREIGN, "O")))
    save(trained, replace(project, title=FOREIGN), saved.arrays, saved.checkpoint)
    Image.new("L", (9, 9)).save(trained.with_name("image.png"))
    for command in (("info", trained), ("predict", trained, "image.png"), ("evaluate", trained, "--data", "xo")):
        out = do(*command).out
        assert all(line.isprintable() for line in out.splitlines()), out
    assert json.loads(do("info", trained, "--json").out)["layers"][1]["name"] == FOREIGN
