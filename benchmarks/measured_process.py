"""The loop of a measured process: it reads requests from stdin, one JSON object per line, and answers each."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable

UNIT = 1 if sys.platform == "darwin" else 1024  # bytes per unit of ru_maxrss
Step = Callable[[], object]
Make = Callable[[dict[str, object]], Step]


def serve(make: Make) -> None:
    """Answer requests until stdin ends.

    A request names a workload, a batch, what to do (`train` or `predict`), on what, and for how many seconds; the
    answer holds the seconds of each step, the time when the first was done, and the process's peak memory in bytes.
    """
    made: dict[str, Step] = {}
    first = 0.0
    for line in sys.stdin:
        request = json.loads(line)
        key = json.dumps({name: request[name] for name in ("do", "workload", "batch", "on")})
        if key not in made:
            made.clear()  # one at a time, so that peak memory is that of this workload
            made[key] = make(request)
            made[key]()
            first = time.time()
            for _ in range(2):
                made[key]()
        times = measure(made[key], float(request["seconds"]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT
        print(json.dumps({"times": times, "first": first, "peak": peak}), flush=True)


def measure(step: Step, seconds: float) -> list[float]:
    """The seconds of each step: as many steps as fit into the time, at least three."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return times
