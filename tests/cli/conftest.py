"""Run commands as a user would, and files to run them on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cnnstudio.cli import main


@dataclass(frozen=True)
class Completed:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The output, which is one strict JSON text."""
        return json.loads(self.out, parse_constant=_refuse)

    @property
    def lines(self) -> list[Any]:
        """The output, which is one strict JSON text per line."""
        return [json.loads(line, parse_constant=_refuse) for line in self.out.splitlines()]


def _refuse(token: str) -> None:
    raise AssertionError(f"{token} is no JSON")


Run = Callable[..., Completed]
Refused = Callable[..., str]  # gives what a failed command wrote to stderr


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command in the test's temporary folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Completed:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as exit:
            code = int(exit.code or 0)
        out, err = capsys.readouterr()
        return Completed(code, out, err)

    return run


@pytest.fixture
def do(run: Run) -> Run:
    """Run a command that must succeed."""

    def do(*arguments: object) -> Completed:
        completed = run(*arguments)
        assert completed.code == 0, completed.err
        return completed

    return do


@pytest.fixture
def refused(run: Run) -> Refused:
    """Run a command that must fail with one line on stderr, whose text it returns."""

    def refused(*arguments: object, code: int = 1) -> str:
        completed = run(*arguments)
        assert completed.code == code, f"{completed.code}: {completed.out}{completed.err}"
        assert completed.err.count("\n") == 1, completed.err
        assert completed.err.startswith("cnnstudio-cli")
        assert "Traceback" not in completed.out + completed.err
        return completed.err.strip()

    return refused


@pytest.fixture
def xo_file(do: Run, tmp_path: Path) -> Path:
    """An untrained X-or-O project."""
    do("new", "xo", "-o", "xo.cnn")
    return tmp_path / "xo.cnn"


@pytest.fixture
def trained(do: Run, xo_file: Path) -> Path:
    """An X-or-O project after two epochs."""
    do("train", xo_file, "--data", "xo", "--epochs", 2)
    return xo_file
