"""Write constraints.txt: the versions of all that the program and its tests depend on, as installed here."""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = "cnnstudio[bench,opencl,test,verify]"
HEAD = "# The versions that the program is tested with; `make constraints` writes them anew.\n"


def installed_versions(root: str = ROOT) -> dict[str, str]:
    """Every installed distribution that the root depends on, directly or not, with its version."""
    versions: dict[str, str] = {}
    waiting, seen = [Requirement(root)], set()
    while waiting:
        requirement = waiting.pop()
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            found = distribution(requirement.name)
        except PackageNotFoundError:
            continue
        versions[key[0]] = found.version
        for text in found.requires or []:
            needed = Requirement(text)
            extras = ("", *requirement.extras)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(needed)
    del versions["cnnstudio"]
    return versions


def main() -> None:
    versions = installed_versions()
    lines = [f"{name}=={version}\n" for name, version in sorted(versions.items())]
    Path(__file__).resolve().parents[1].joinpath("constraints.txt").write_text(HEAD + "".join(lines))


if __name__ == "__main__":
    main()
