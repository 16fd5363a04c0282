"""Compare the engine with PyTorch, taking turns in one run, and write docs/performance.md.

The interpreter named by CNNSTUDIO_TORCH runs PyTorch (compared with 2.13); without it, only this program is measured.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from report import Measured, write_report
from workloads import NETWORKS, PREDICTION, TRAINING

HERE = Path(__file__).parent
PINNED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
LAYOUTS = ("eager", "channels_last")


def environment() -> dict[str, str]:
    """The environment of a measured process, without variables that fix a library's kernels or threads."""
    kept = {key: value for key, value in os.environ.items() if key not in PINNED}
    return kept | {"PYTHONPATH": f"{HERE.parent}{os.pathsep}{HERE}"}


class MeasuredProcess:
    """A measured process."""

    def __init__(self, python: str, script: str) -> None:
        self.started = time.time()
        self._process = subprocess.Popen(
            [python, str(HERE / script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
        )

    def ask(self, do: str, workload: str, batch: int, on: str, seconds: float) -> dict[str, Any]:
        """Run a workload for this many seconds; returns the answer of `measured_process.serve`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"do": do, "workload": workload, "batch": batch, "on": on, "seconds": seconds}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"a measured process ended without an answer to {request}")
        return dict(json.loads(answer))

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def main() -> None:
    """Measure what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each candidate in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=NETWORKS, action="append", help="measure only these workloads")
    parser.add_argument("--report", type=Path, default=HERE.parent / "docs" / "performance.md")
    options = parser.parse_args()
    torch = os.environ.get("CNNSTUDIO_TORCH", "")
    check_requirements(torch)
    devices = _devices()
    candidates = [("cnnstudio_process.py", sys.executable, name) for name in devices]
    if torch:
        threads = sorted({1, len(os.sched_getaffinity(0))} if hasattr(os, "sched_getaffinity") else {1})
        candidates += [("torch_process.py", torch, f"{layout}/{count}") for layout in LAYOUTS for count in threads]
        candidates += [("torch_process.py", torch, "cuda")] * _has_cuda(torch)
    else:
        print("CNNSTUDIO_TORCH is not set: measuring without PyTorch.", file=sys.stderr)
    wanted = options.only or list(NETWORKS)
    results = []
    for do, list_of in (("train", TRAINING), ("predict", PREDICTION)):
        for name, batch in list_of:
            if name in wanted:
                results.append(_in_turn(do, name, batch, candidates, options))
                print(results[-1].line(), flush=True)
    starts = [_start(name, batch, candidates) for name, batch in TRAINING if name in wanted]
    plot = options.report.parent / "growth.svg"
    subprocess.run([sys.executable, str(HERE / "scaling.py"), str(plot)], check=True, env=environment())
    write_report(options.report, results, starts, plot.name, devices, _version(torch) if torch else "")


def check_requirements(torch: str) -> None:
    """Exit with a message where something is missing, before minutes of measuring."""
    if importlib.util.find_spec("matplotlib") is None:
        raise SystemExit("The plot needs matplotlib. Run `make bench`, or: pip install -e '.[bench]'")
    if torch and subprocess.run([torch, "-c", "import torch"], capture_output=True, check=False).returncode:
        raise SystemExit(f"CNNSTUDIO_TORCH is {torch}, which cannot import torch. Run `make bench`, or unset it.")


def _in_turn(do: str, name: str, batch: int, candidates: list[tuple[str, str, str]], options: Any) -> Measured:
    """The median step time of each candidate, with all of them taking turns."""
    processes = {on: MeasuredProcess(python, script) for script, python, on in candidates}
    medians: dict[str, list[float]] = {on: [] for on in processes}
    for _ in range(options.rounds):
        for on, process in processes.items():
            times = process.ask(do, name, batch, on, options.seconds)["times"]
            medians[on].append(statistics.median(times))
    for process in processes.values():
        process.close()
    return Measured(do, name, batch, {on: statistics.median(values) for on, values in medians.items()})


def _start(name: str, batch: int, candidates: list[tuple[str, str, str]]) -> Measured:
    """Seconds from the start of a new process to the end of its first step, and its peak memory."""
    seconds, peaks = {}, {}
    for script, python, on in candidates:
        process = MeasuredProcess(python, script)
        answer = process.ask("train", name, batch, on, 0.3)
        seconds[on], peaks[on] = float(answer["first"]) - process.started, float(answer["peak"])
        process.close()
    return Measured("start", name, batch, seconds, peaks)


def _devices() -> dict[str, str]:
    """The devices of this program that pass their self-test, with their descriptions."""
    code = "import json; from cnnstudio.engine.device_selection import devices; "
    code += "print(json.dumps({device.name: device.description for device in devices() if not device.refused}))"
    return dict(json.loads(_output(sys.executable, code)))


def _version(torch: str) -> str:
    return _output(torch, "import torch; print(torch.__version__)")


def _output(python: str, code: str) -> str:
    """What a line of Python code prints."""
    ended = subprocess.run([python, "-c", code], check=True, stdout=subprocess.PIPE, text=True, env=environment())
    return ended.stdout.strip()


def _has_cuda(torch: str) -> bool:
    return _output(torch, "import torch; print(torch.cuda.is_available())") == "True"


if __name__ == "__main__":
    main()
