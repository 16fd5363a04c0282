"""If something for the window is missing, one line says what to run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cnnstudio import system_libraries as libraries
from cnnstudio.__main__ import main as command_line
from cnnstudio.start import main
from cnnstudio.system_libraries import install_line, missing_libraries

CHECKOUT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Qt brings all it needs elsewhere")


@pytest.fixture
def bare_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system with a display, without two of the libraries."""
    monkeypatch.setattr(libraries, "ALWAYS", {"libc.so.6": "libc6", "libnowhere.so.1": "libnowhere1"})
    monkeypatch.setattr(libraries, "X11", {"libnoscreen.so.0": "libnoscreen0"})
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)


@pytest.mark.usefixtures("bare_system")
def test_missing_libraries_are_named_with_their_packages() -> None:
    assert missing_libraries() == {"libnowhere.so.1": "libnowhere1", "libnoscreen.so.0": "libnoscreen0"}


@pytest.mark.usefixtures("bare_system")
@pytest.mark.parametrize("platform", ["offscreen", "offscreen:size=800x600", "wayland"])
def test_only_an_x11_window_needs_x11_libraries(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    assert missing_libraries() == {"libnowhere.so.1": "libnowhere1"}


def test_this_machine_has_all_libraries() -> None:
    assert missing_libraries() == {}, f"run: {install_line(missing_libraries().values())}"


@pytest.mark.usefixtures("bare_system")
def test_the_window_prints_the_install_command_instead_of_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.rstrip().endswith("sudo apt-get install -y libnoscreen0 libnowhere1")


def test_a_machine_without_a_display(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main() == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "no display" in said


def test_a_missing_package_is_named_in_one_line(tmp_path: Path) -> None:
    code = "import sys, runpy; sys.modules['PySide6'] = None; runpy.run_path('main.py', run_name='__main__')"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "PySide6" in done.stderr
    assert done.stderr.rstrip().endswith("make run")
    assert done.stderr.count("\n") == 1


@pytest.mark.usefixtures("bare_system")
def test_make_installs_nothing_for_an_ordinary_user(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tools import install_libraries

    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert install_libraries.main() == 1
    assert "sudo apt-get install -y libnoscreen0 libnowhere1" in capsys.readouterr().err


@pytest.mark.usefixtures("bare_system")
def test_make_installs_what_is_missing_as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    from tools import install_libraries

    ran: list[list[str]] = []

    def install(command: list[str], **options: object) -> None:
        ran.append(command)
        monkeypatch.setattr(libraries, "ALWAYS", {})
        monkeypatch.setattr(libraries, "X11", {})

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", install)
    assert install_libraries.main() == 0
    assert [command[:3] for command in ran] == [["apt-get", "-qq", "update"], ["apt-get", "-qq", "install"]]
    assert ran[1][-2:] == ["libnoscreen0", "libnowhere1"]


def test_ctrl_c_while_the_command_line_starts_ends_it_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupting:
        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            if name == "cnnstudio.cli":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "cnnstudio.cli", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupting, *sys.meta_path])
    assert command_line() == 1
    assert capsys.readouterr().err == "cnnstudio-cli: interrupted\n"
