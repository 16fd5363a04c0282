"""Random actions leave the window whole: no errors, no warnings of Qt, no crash, and no thread that stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


def let_loose(folder: Path, seed: int, actions: int, template: str = "xo", **environment: str) -> None:
    """Let a monkey at a window in a process of its own; fail if it finds something or the process crashes."""
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.monkey", str(seed), str(actions), str(folder)]
    ended = subprocess.run(
        [*command, template],
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **environment},
        check=False,
    )
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"


@pytest.mark.parametrize("seed", [1, 2])
def test_a_short_while(seed: int, tmp_path: Path) -> None:
    let_loose(tmp_path, seed, 150)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(3, 23))
def test_a_long_while(seed: int, tmp_path: Path) -> None:
    let_loose(tmp_path, seed, 2000)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("template", ["vgg16", "inception-block"])
def test_other_networks(template: str, tmp_path: Path) -> None:
    let_loose(tmp_path, 1, 400, template)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("scale", ["1.5", "2"])
def test_screens_of_high_resolution(scale: str, tmp_path: Path) -> None:
    let_loose(tmp_path, 2, 1000, QT_SCALE_FACTOR=scale)
