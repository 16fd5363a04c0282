"""Imports point down and never in a circle, only `gui` knows Qt, and generated files are current."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tools.make_docs import DOCUMENT, page

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGE = CHECKOUT / "cnnstudio"
GROUND = {
    "__init__",
    "array",
    "atomic_write",
    "blas",
    "interruption",
    "plain_text",
    "regular_file",
    "resource",
    "system_libraries",
    "unpacking_limit",
    "user_error",
}  # files that every floor may use, and that use none
FLOORS = (
    "spec",
    "operations",
    "layers",
    "graph",
    "engine",
    "data",
    "training",
    "export",
    "project",
    "runs",
    "cli",
    "gui",
)
ROOF = {"__main__", "start"}  # files that open the program: they may use every floor
TOOLKITS = {"PySide6", "shiboken6", "pyqtgraph"}
STDLIB_ONLY = {"spec", "operations"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    """The floor that a file stands on, or its own name where it stands beside the floors."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def height(part: str) -> int:
    """How high a floor or file is; it may import what is as high or lower."""
    if part in ROOF:
        return len(FLOORS)
    return -1 if part in GROUND else FLOORS.index(part)


def imports(path: Path) -> Iterator[str]:
    """Every module that the file imports, those inside functions as well."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports relatively"
            yield node.module or ""
            if node.module and node.module.split(".")[0] == "cnnstudio":
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_parts(path: Path) -> set[str]:
    """The floors and files of the program that the file imports."""
    own = [name.split(".") for name in imports(path) if name.split(".")[0] == "cnnstudio"]
    parts = {name[1] if len(name) > 1 else "__init__" for name in own}
    return {"__init__" if part.startswith("__version") else part for part in parts}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    own = height(part_of(path))
    upwards = {part for part in imported_parts(path) if height(part) > own}
    if part_of(path) == "gui":  # window and command line stand side by side
        upwards |= imported_parts(path) & {"cli"}
    assert not upwards, f"{path.relative_to(CHECKOUT)} imports from above: {', '.join(sorted(upwards))}"


ENGINES = ("numpy", "opencl")  # rooms of `engine/`, which stand side by side
SELECTION = "engine/device_selection.py"  # the only file beside them that knows them


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_device_selection_imports_engines(path: Path) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    names = {".".join(name.split(".")[:3]) for name in imports(path)}
    known = {engine for engine in ENGINES if f"cnnstudio.engine.{engine}" in names}
    own = {engine for engine in ENGINES if place.startswith(f"engine/{engine}/")}
    assert place == SELECTION or known <= own, f"{place} imports the engines {', '.join(sorted(known - own))}"


BELOW_PANELS = {"look", "widgets", "commands", "state"}
GUI_ROOMS = {  # each room of `gui/`, and the rooms whose modules it may import besides its own
    "look": set(),
    "widgets": {"look"},
    "commands": {"look", "widgets"},
    "state": {"look"},
    "canvas": BELOW_PANELS,
    "panels/shared": BELOW_PANELS,
    "panels/*": {*BELOW_PANELS, "panels/shared"},  # no panel knows another
    "window": {*BELOW_PANELS, "canvas", "panels/shared", "panels/*"},
    "app.py": {"look", "state", "window"},
}
GUI_MODULES = [path for path in MODULES if part_of(path) == "gui" and path != PACKAGE / "gui" / "__init__.py"]


def gui_room(module: tuple[str, ...]) -> str:
    """The room of a module given by its path inside `gui/`; every panel is a room of its own."""
    return "/".join(module[:2]) if module[0] == "panels" else module[0]


def gui_rule(room: str) -> str:
    """The entry of GUI_ROOMS that a room goes by."""
    return "panels/*" if room.startswith("panels/") and room not in GUI_ROOMS else room


@pytest.mark.parametrize("path", GUI_MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_rooms_of_the_gui_import_only_allowed_rooms(path: Path) -> None:
    inside = path.relative_to(PACKAGE / "gui").parts
    own = gui_room(inside)
    allowed = GUI_ROOMS[gui_rule(own)]
    for name in imports(path):
        if name.startswith("cnnstudio.gui."):
            room = gui_room(tuple(name.split(".")[2:]))
            assert room == own or gui_rule(room) in allowed, f"{path.relative_to(CHECKOUT)} imports {name}"


def test_every_room_states_its_purpose_in_one_line() -> None:
    for path in GUI_MODULES:
        if path.name == "__init__.py":
            purpose = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            assert purpose, f"{path.relative_to(CHECKOUT)} has no docstring"
            assert "\n" not in purpose, f"{path.relative_to(CHECKOUT)} takes more than a line"


def test_no_room_holds_a_quarter_of_all_lines() -> None:
    lines: Counter[str] = Counter()
    for path in MODULES:
        parts = path.relative_to(PACKAGE).parts
        lines["/".join(parts[:2]) if parts[0] in ("gui", "engine") else parts[0]] += len(path.read_text().splitlines())
    room, most = lines.most_common(1)[0]
    assert most < lines.total() / 4, f"{room} has {most} of {lines.total()} lines"


def test_there_are_no_import_cycles() -> None:
    names = {".".join(path.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__") for path in MODULES}
    graph = {}
    for path in MODULES:
        own = ".".join(path.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__")
        graph[own] = {name for name in imports(path) if name in names} - {own}
        if path.name != "__init__.py":
            # `from package import module` needs the module, and the package only as its folder
            graph[own] -= {name for name in graph[own] if own.startswith(f"{name}.")}
    TopologicalSorter(graph).prepare()


def test_only_the_gui_imports_qt() -> None:
    guilty = [
        str(path.relative_to(CHECKOUT))
        for path in MODULES
        if part_of(path) != "gui" and {name.split(".")[0] for name in imports(path)} & TOOLKITS
    ]
    assert not guilty


@pytest.mark.parametrize("floor", sorted(STDLIB_ONLY | GROUND - {"array"}))
def test_the_lowest_floors_import_only_the_standard_library(floor: str) -> None:
    names = {name.split(".")[0] for path in MODULES if part_of(path) == floor for name in imports(path)}
    assert names - sys.stdlib_module_names <= {"cnnstudio"}


def test_every_folder_of_code_is_a_package() -> None:
    assert all((path.parent / "__init__.py").is_file() for path in MODULES)


def test_the_command_line_works_without_a_toolkit(tmp_path: Path) -> None:
    blocked = "".join(f"sys.modules[{name!r}] = None; " for name in sorted(TOOLKITS))
    code = f"import sys; {blocked}from cnnstudio.cli import main; sys.exit(main(sys.argv[1:]))"
    for arguments in (["templates"], ["new", "xo", "-o", "x.cnn"], ["train", "x.cnn", "--data", "xo", "--steps", "1"]):
        command = [sys.executable, "-c", code, *arguments]
        path = {"PYTHONPATH": str(CHECKOUT), "PATH": ""}
        done = subprocess.run(command, cwd=tmp_path, env=path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr


def test_the_page_on_layers_says_nothing_outdated() -> None:
    """A layer that is not on the page yet is no failure: the next `make docs` adds it."""
    documented = sections(DOCUMENT.read_text(encoding="utf-8"))
    current = sections(page())
    outdated = [kind for kind, text in documented.items() if text != current.get(kind)]
    assert documented
    assert not outdated, "run: make docs"


def sections(text: str) -> dict[str, str]:
    """The page's sections by the layer's kind."""
    parts = re.split(r"^#+ .*?(?:\(`(\w+)`\))?\n", text, flags=re.MULTILINE)
    return {kind: body for kind, body in zip(parts[1::2], parts[2::2], strict=True) if kind}


def test_questions_are_asked_by_one_module() -> None:
    """Which gives each answer a mnemonic, and Enter and Escape one that loses nothing."""
    asking = {str(path.relative_to(PACKAGE)) for path in GUI_MODULES if "MessageBox.Icon.Question" in path.read_text()}
    static = [path for path in GUI_MODULES if re.search(r"MessageBox\.(question|warning)\(", path.read_text())]
    assert asking == {"gui/widgets/question.py"}
    assert not static
