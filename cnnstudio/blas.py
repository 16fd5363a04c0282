"""Name the processor to OpenBLAS where it is newer than what OpenBLAS knows."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "OPENBLAS_CORETYPE"


def name_processor(cpu_facts: Path = Path("/proc/cpuinfo")) -> None:
    """Let OpenBLAS use AVX-512 where the processor has it. It must happen before numpy is imported.

    OpenBLAS takes an unknown processor for the oldest kind that fits and then runs its AVX2 kernels: 241 instead of
    450 GFLOP/s on a Zen 5. What the user set stands.
    """
    if VARIABLE in os.environ or "numpy" in sys.modules or not sys.platform.startswith("linux"):
        return
    try:
        facts = cpu_facts.read_text(errors="replace")
    except OSError:
        return
    if "avx512f" in facts and "avx512vl" in facts and "avx512bw" in facts and "avx512dq" in facts:
        os.environ[VARIABLE] = "SkylakeX"
