"""Measure what the open window takes from a run, how evenly it stays alive, and how soon it is there."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BEGIN, END = "<!-- window: begin -->", "<!-- window: end -->"


def main() -> None:
    """Measure in turn, and write the section of docs/performance.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4.0, help="for each candidate in each round")
    parser.add_argument("--mnist", type=Path, default=find_mnist(), help="the folder of MNIST's IDX files")
    parser.add_argument("--report", type=Path, default=HERE.parent / "docs" / "performance.md")
    options = parser.parse_args()
    starts = measure_starts(options.rounds)
    rows = [("From the start of the process to the window with all feature maps", f"{statistics.median(starts):.2f} s")]
    if options.mnist is None:
        print("There is no folder of MNIST; name one with --mnist. Measuring the start alone.", file=sys.stderr)
    else:
        rounds = measure_rounds(options.mnist, options.rounds, options.seconds)
        rows += [
            ("Training speed with the window, as a share of that without", f"{ratio_of(rounds):.1%}"),
            ("Images a second without the window", f"{statistics.median(r['bare'] for r in rounds):,.0f}"),
            ("Time that the window's thread computes", f"{statistics.median(r['share'] for r in rounds):.1%}"),
            ("Longest gap of a 10 ms timer", f"{longest_gap(rounds) * 1e3:.0f} ms"),
            ("99 of 100 gaps are shorter than", f"{statistics.median(r['p99'] for r in rounds) * 1e3:.0f} ms"),
        ]
    for what, value in rows:
        print(f"{what}: {value}")
    write_section(options.report, rows, options)


def find_mnist() -> Path | None:
    """MNIST in the folder that CNNSTUDIO_DATASETS names, or in shared/datasets near the checkout."""
    named = os.environ.get("CNNSTUDIO_DATASETS")
    near = [folder / "shared" / "datasets" for folder in HERE.resolve().parents[1:3]]
    folders = [folder / "mnist" for folder in ([Path(named)] if named else near)]
    return next((folder for folder in folders if folder.is_dir()), None)


def measure_starts(rounds: int) -> list[float]:
    """Seconds of so many starts, after one that warms the disk."""
    times = []
    for _ in range(rounds + 1):
        begin = time.time()
        times.append(ask("start")["done"] - begin)
    return times[1:]


def measure_rounds(mnist: Path, rounds: int, seconds: float) -> list[dict[str, float]]:
    """Train without the window and with it, in turn; which is first changes, for the machine may change meanwhile."""
    found = []
    for number in range(rounds):
        order = ("bare", "window") if number % 2 else ("window", "bare")
        answers = {what: ask(what, str(mnist), str(seconds)) for what in order}
        gaps = sorted(answers["window"]["gaps"])
        found.append(
            {
                "bare": answers["bare"]["speed"],
                "window": answers["window"]["speed"],
                "share": answers["window"]["share"],
                "longest": gaps[-1],
                "p99": gaps[len(gaps) * 99 // 100],
            }
        )
        print(", ".join(f"{name} {value:.4g}" for name, value in found[-1].items()), file=sys.stderr, flush=True)
    return found


def ratio_of(rounds: list[dict[str, float]]) -> float:
    """The median over the rounds of the speed with the window over that without."""
    return statistics.median(one["window"] / one["bare"] for one in rounds)


def longest_gap(rounds: list[dict[str, float]]) -> float:
    """The median over the rounds of the longest gap, in seconds."""
    return statistics.median(one["longest"] for one in rounds)


def ask(*arguments: str) -> dict[str, Any]:
    """What a measured process of its own answers."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    command = [sys.executable, str(HERE / "window_process.py"), *arguments]
    told = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(told.stdout.splitlines()[-1]))


def write_section(path: Path, rows: list[tuple[str, str]], options: argparse.Namespace) -> None:
    """Put the table between the marks of the document, which keeps what else is written in it."""
    text = path.read_text(encoding="utf-8") if path.exists() else "# Performance\n"
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    lines = ["| what | measured |", "| --- | --- |", *(f"| {what} | {value} |" for what, value in rows)]
    about = (
        "LeNet-5 learns MNIST in batches of 32 with NumPy, once without the window and once in it with canvas, "
        f"inspector, curves and probe in sight; medians of {options.rounds} rounds of {options.seconds:g} s in turn, "
        f"on {os.cpu_count()} cores."
    )
    section = f"{BEGIN}\n\n## The window\n\n{about}\n\n" + "\n".join(lines) + f"\n\n{END}"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{head.rstrip()}\n\n{section}{tail or chr(10)}", encoding="utf-8")


if __name__ == "__main__":
    main()
