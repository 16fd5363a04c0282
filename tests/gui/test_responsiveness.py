"""The window stays alive while it trains, and opens soon; how fast it trains is for the benchmark to say."""

from __future__ import annotations

import importlib.util
import statistics
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROUNDS, SECONDS = 7, 3.0


@pytest.fixture(scope="module")
def measuring() -> ModuleType:
    """The script behind `make bench`."""
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "window.py"
    spec = importlib.util.spec_from_file_location("measuring_window", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rounds(measuring: ModuleType, mnist: Path) -> list[dict[str, float]]:
    found: list[dict[str, float]] = measuring.measure_rounds(mnist, ROUNDS, SECONDS)
    return found


def test_training_never_blocks_the_window_for_100_ms(measuring: ModuleType, rounds: list[dict[str, float]]) -> None:
    assert measuring.longest_gap(rounds) < 0.1


def test_the_window_shows_feature_maps_within_1500_ms(measuring: ModuleType) -> None:
    assert statistics.median(measuring.measure_starts(5)) < 1.5
