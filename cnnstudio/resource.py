"""Find the files shipped with the program: icons, fonts, style sheet, kernels."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path


def resource(*parts: str) -> Path:
    """The path of a file or folder below `resources/`, in a checkout as in an installed program.

    Raises FileNotFoundError where there is no such file.
    """
    path = _root().joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"The program's file {'/'.join(parts)} is missing; install CNN Studio again.")
    return path


@cache
def _root() -> Path:
    checkout = Path(__file__).resolve().parents[1]
    if (checkout / "pyproject.toml").is_file():
        return checkout / "resources"
    spec = find_spec("cnnstudio_resources")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("The program's resources are missing; install CNN Studio again.")
    return Path(next(iter(spec.submodule_search_locations)))
