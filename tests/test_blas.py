"""OpenBLAS uses AVX-512 where the processor has it, unless the user chose otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnstudio.blas import VARIABLE

CHECKOUT = Path(__file__).resolve().parents[1]
NEW_CPU = "processor : 0\nflags : fpu sse2 avx2 avx512f avx512dq avx512bw avx512vl\n"
OLD_CPU = "processor : 0\nflags : fpu sse2 avx2\n"
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has /proc/cpuinfo")


def in_fresh_python(code: str, **environment: str) -> str:
    """What the code prints in a fresh interpreter, without the variable unless it is given."""
    kept = {name: value for name, value in os.environ.items() if name != VARIABLE}
    path = {"PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, env={**kept, **path, **environment}, capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()


def name_of(cpu: Path, before: str = "pass") -> str:
    """Code that prints the variable after the kernels were selected for this processor."""
    return (
        f"import os, runpy; from pathlib import Path; {before}; "
        f"runpy.run_path({str(CHECKOUT / 'cnnstudio' / 'blas.py')!r})['select_openblas_kernels'](Path({str(cpu)!r})); "
        f"print(os.environ.get({VARIABLE!r}, 'unset'))"
    )


@pytest.fixture
def cpu(tmp_path: Path) -> Path:
    path = tmp_path / "cpuinfo"
    path.write_text(NEW_CPU)
    return path


@linux_only
def test_a_processor_with_avx512_gets_its_kernels(cpu: Path) -> None:
    assert in_fresh_python(name_of(cpu)) == "SkylakeX"


@linux_only
def test_a_processor_without_avx512_is_left_alone(cpu: Path) -> None:
    cpu.write_text(OLD_CPU)
    assert in_fresh_python(name_of(cpu)) == "unset"


def test_the_users_choice_is_respected(cpu: Path) -> None:
    assert in_fresh_python(name_of(cpu), **{VARIABLE: "Haswell"}) == "Haswell"


def test_nothing_is_set_after_numpy_was_imported(cpu: Path) -> None:
    assert in_fresh_python(name_of(cpu, before="import numpy")) == "unset"


def test_a_system_without_cpuinfo_is_left_alone(tmp_path: Path) -> None:
    assert in_fresh_python(name_of(tmp_path / "missing")) == "unset"


@linux_only
def test_importing_the_program_selects_kernels_before_numpy() -> None:
    flags = Path("/proc/cpuinfo").read_text(errors="replace")
    wanted = "SkylakeX" if "avx512vl" in flags and "avx512dq" in flags else "unset"
    code = f"import os, sys, cnnstudio; print('numpy' in sys.modules, os.environ.get({VARIABLE!r}, 'unset'))"
    assert in_fresh_python(code) == f"False {wanted}"
