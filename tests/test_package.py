"""The installed package works outside the checkout: commands, resources, pinned versions."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cnnstudio.resource import resource

CHECKOUT = Path(__file__).resolve().parents[1]
SOURCES = ("pyproject.toml", "setup.py", "README.md", "cnnstudio", "resources")


def declared() -> list[Requirement]:
    """Every requirement of pyproject.toml, including the extras."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    texts = [*project["dependencies"], *(text for extra in project["optional-dependencies"].values() for text in extra)]
    return [Requirement(text) for text in texts]


def pinned() -> dict[str, str]:
    """The versions of constraints.txt."""
    lines = (CHECKOUT / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("requirement", declared(), ids=lambda requirement: requirement.name)
def test_every_requirement_is_pinned_within_its_range(requirement: Requirement) -> None:
    assert requirement.specifier.contains(pinned()[canonicalize_name(requirement.name)])


def test_pins_are_bare_versions() -> None:
    assert all(name and version.strip() == version and "/" not in version for name, version in pinned().items())


def test_resources_are_found_in_the_checkout() -> None:
    assert resource() == CHECKOUT / "resources"
    with pytest.raises(FileNotFoundError, match=r"nowhere/at all\.svg of CNN Studio is missing"):
        resource("nowhere", "at all.svg")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like site-packages with the contents of a wheel built from the checkout."""
    copy, site = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("site")
    for name in SOURCES:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy)
    build = f"from setuptools import build_meta; print(build_meta.build_wheel({str(site)!r}))"
    subprocess.run([sys.executable, "-c", build], cwd=copy, check=True, capture_output=True, timeout=120)
    (wheel,) = site.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def run_installed(site: Path, folder: Path, *arguments: str) -> str:
    """The output of an interpreter that finds the program only in the site folder."""
    environment = {**os.environ, "PYTHONPATH": str(site), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_wheel_contains_the_resources(site: Path, tmp_path: Path) -> None:
    code = "import cnnstudio; from cnnstudio.resource import resource; print(cnnstudio.__file__); print(resource())"
    module, root = run_installed(site, tmp_path, "-c", code).splitlines()
    assert Path(module).is_relative_to(site)
    ours, theirs = (
        {str(path.relative_to(top)) for path in top.rglob("*") if path.is_file() and path.name[0] != "."}
        for top in (CHECKOUT / "resources", Path(root))
    )
    assert ours == theirs


def test_the_command_line_of_a_wheel_runs(site: Path, tmp_path: Path) -> None:
    said = run_installed(site, tmp_path, "-m", "cnnstudio", "new", "xo", "-o", "x.cnn")
    assert "x.cnn: X or O" in said
    run_installed(site, tmp_path, "-m", "cnnstudio", "train", "x.cnn", "--data", "xo", "--steps", "1")


def test_a_wheel_installs_both_commands(site: Path, tmp_path: Path) -> None:
    (entries,) = site.glob("*.dist-info/entry_points.txt")
    commands = ConfigParser()
    commands.read(entries)
    assert dict(commands["console_scripts"]) == {"cnnstudio-cli": "cnnstudio.__main__:main"}
    assert dict(commands["gui_scripts"]) == {"cnnstudio": "cnnstudio.start:main"}
    for command in ("cnnstudio.cli", "cnnstudio.start"):
        run_installed(site, tmp_path, "-c", f"from {command} import main; assert callable(main)")


@pytest.mark.slow
def test_pip_installs_a_working_program(site: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", venv], check=True, timeout=120)
    (wheel,) = site.glob("*.whl")
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(pip, check=True, timeout=120)
    packages = os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
    command = [str(venv / "bin" / "cnnstudio-cli"), "templates"]
    environment = {"PATH": "", "PYTHONPATH": packages}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "lenet5" in done.stdout
