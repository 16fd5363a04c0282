"""Find the files shipped with the program: icons, fonts, style sheet, kernels."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path


def resource(*parts: str) -> Path:
    """The path of a file or folder in `resources/`, in a checkout as well as in an installation.

    Raises FileNotFoundError if it does not exist.
    """
    path = _root().joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"The file {'/'.join(parts)} of CNN Studio is missing. Install CNN Studio again.")
    return path


@cache
def _root() -> Path:
    checkout = Path(__file__).resolve().parents[1]
    if (checkout / "pyproject.toml").is_file():
        return checkout / "resources"
    spec = find_spec("cnnstudio_resources")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("The resources of CNN Studio are missing. Install CNN Studio again.")
    return Path(next(iter(spec.submodule_search_locations)))
