"""The measurements as tables in docs/performance.md, with the machine they were taken on."""

from __future__ import annotations

import datetime
import os
import platform
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil
from workloads import TITLES

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass
class Measured:
    """Seconds of one workload by candidate: our devices by name, PyTorch as `layout/threads` or `cuda`."""

    do: str
    workload: str
    batch: int
    seconds: dict[str, float]
    peaks: dict[str, float] = field(default_factory=dict)

    @property
    def ours(self) -> dict[str, float]:
        """The times of our devices."""
        return {on: value for on, value in self.seconds.items() if not _is_torch(on)}

    @property
    def torch_seconds(self) -> float | None:
        """PyTorch's best time on the CPU."""
        return min((value for on, value in self.seconds.items() if "/" in on), default=None)

    def ratio(self, on: str) -> str:
        """PyTorch's best time divided by ours."""
        return "" if self.torch_seconds is None else f"{self.torch_seconds / self.seconds[on]:.2f}×"

    def line(self) -> str:
        """One line for the terminal."""
        times = ", ".join(f"{on} {value * 1e3:.3f} ms {self.ratio(on)}" for on, value in self.ours.items())
        torch_runs = ", ".join(f"{on} {value * 1e3:.3f} ms" for on, value in self.seconds.items() if _is_torch(on))
        return f"{self.do} {self.workload} batch {self.batch}: {times} | PyTorch {torch_runs or 'not measured'}"


def write_report(
    path: Path, results: list[Measured], starts: list[Measured], plot: str, devices: dict[str, str], torch: str
) -> None:
    """Replace what is between the markers of the document by the tables.

    `plot` is the name of the image beside it, `devices` says what ours are, `torch` is PyTorch's version.
    """
    text = path.read_text(encoding="utf-8") if path.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    parts = [
        _machine(torch),
        "\n".join(f"- `{name}`: {description}" for name, description in devices.items()),
        "## Training step\n\n" + _times([r for r in results if r.do == "train"]),
        "## Prediction\n\n" + _times([r for r in results if r.do == "predict"]),
        "## Start and memory\n\n" + _starts(starts),
        f"## Growth\n\nOn NumPy: the time of a training step as one quantity doubles.\n\n![growth]({plot})",
    ]
    path.write_text(f"{head}{BEGIN}\n\n" + "\n\n".join(parts) + f"\n\n{END}{tail}", encoding="utf-8")


def _times(results: list[Measured]) -> str:
    devices = list(dict.fromkeys(on for result in results for on in result.ours))
    cuda = any("cuda" in result.seconds for result in results)
    head = ["workload", "batch", "PyTorch's best", *(f"{on} | ratio" for on in devices), *(["PyTorch CUDA"] * cuda)]
    lines = [_row(" | ".join(head).split(" | "))]
    lines.append("|" + " --- |" * (lines[0].count("|") - 1))
    for result in results:
        cells = [TITLES[result.workload], str(result.batch), _ms(result.torch_seconds)]
        for on in devices:
            cells += [_ms(result.seconds.get(on)), result.ratio(on)]
        lines.append(_row(cells + ([_ms(result.seconds.get("cuda"))] if cuda else [])))
    return "\n".join(lines)


def _starts(starts: list[Measured]) -> str:
    """From the start of the process; for PyTorch, the fastest start and the lowest memory of all candidates."""
    devices = list(dict.fromkeys(on for start in starts for on in start.ours))
    heads = [name for on in devices for name in (f"{on}: first step", f"{on}: memory")]
    lines = [_row(["workload", "batch", *heads, "PyTorch: first step", "PyTorch: memory"])]
    lines.append("|" + " --- |" * (lines[0].count("|") - 1))
    for start in starts:
        cells = [TITLES[start.workload], str(start.batch)]
        for on in devices:
            cells += [f"{start.seconds[on]:.2f} s", _mb(start.peaks[on])]
        torch_runs = [on for on in start.seconds if "/" in on]
        cells += [f"{min(start.seconds[on] for on in torch_runs):.2f} s" if torch_runs else ""]
        cells += [_mb(min(start.peaks[on] for on in torch_runs)) if torch_runs else ""]
        lines.append(_row(cells))
    return "\n".join(lines)


def _machine(torch: str) -> str:
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        processor = names[0] if names else processor
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    today = datetime.datetime.now(datetime.UTC).date()
    return (
        f"Measured on {today}: {processor}, {cores} cores, {psutil.virtual_memory().total / 1e9:.0f} GB of memory, "
        f"{platform.system()} {platform.release().split('-')[0]}, Python {platform.python_version()}, "
        f"NumPy {version('numpy')}, PyTorch {torch or 'not measured'}. All candidates take turns in every round; "
        "a time is the median of the rounds' medians. PyTorch's best is the fastest of eager and channels_last, each "
        "with one thread and with all. A ratio above 1 means faster than PyTorch's best."
    )


def _is_torch(on: str) -> bool:
    return "/" in on or on == "cuda"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _ms(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1e3:.3f} ms" if seconds < 1e-3 else f"{seconds * 1e3:.2f} ms"


def _mb(size: float) -> str:
    return f"{size / 1e6:.0f} MB"
