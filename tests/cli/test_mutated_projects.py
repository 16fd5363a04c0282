"""Whatever a project file contains: every command ends with 0 or 1, and says what is wrong in one line."""

from __future__ import annotations

import contextlib
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from cnnstudio.cli import main
from cnnstudio.project import load
from tests.malformed_values import with_one_malformed_value
from tests.support.strategies import cases

Members = dict[str, bytes]

COMMANDS = (
    ("info", "it.cnn"),
    ("info", "it.cnn", "--json"),
    ("evaluate", "it.cnn", "--data", "xo", "--split", "validation"),
    ("predict", "it.cnn", "image.png", "--json"),
    ("predict", "it.cnn", "--input", "x.npy", "--output", "y.npy"),
    ("export", "it.cnn", "--to", "npz", "-o", "out.npz"),
    ("export", "it.cnn", "--to", "onnx", "-o", "out.onnx"),
    ("train", "it.cnn", "--data", "xo", "--steps", "2", "--json", "-o", "trained.cnn"),
)
NUMBERS = (0.0, -1.0, 0.5, 1e-30, 1e30, 1e300, float("nan"), float("inf"), 2.0**53, 2.0**63)
DTYPES = ("<f2", "<f4", "<f8", "<i8", "|u1")
NAMES = st.sampled_from(
    ["../up", "/etc/x", "a\\b", "", "project.json", "weights.safetensors", "x" * 300, "é\u202e", "folder/"]
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a trained project and inputs for it."""
    folder = tmp_path_factory.mktemp("mutated")
    np.save(folder / "x.npy", np.zeros((2, 1, 9, 9), np.float32))
    Image.new("L", (9, 9)).save(folder / "image.png")
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        main(["new", "xo", "-o", "sound.cnn"])
        main(["train", "sound.cnn", "--data", "xo", "--steps", "100"])
    return folder


def read(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path: Path, members: Members) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


@st.composite
def other_json(draw: st.DrawFn, members: Members) -> Members:
    """One or two values of the project or its runs have become something else."""
    member = draw(st.sampled_from([name for name in members if name.endswith(".json")]))
    data = json.loads(members[member])
    for _ in range(draw(st.integers(1, 2))):
        data = draw(with_one_malformed_value(data))
    return {**members, member: json.dumps(data).encode()}


@st.composite
def other_settings(draw: st.DrawFn, members: Members) -> Members:
    """One number or word of the project or its runs has become another."""
    member = draw(st.sampled_from([name for name in members if name.endswith(".json")]))
    data = json.loads(members[member])
    place, key = draw(st.sampled_from([*_leaves(data)]))
    value = place[key]
    place[key] = draw(
        st.sampled_from([0, 1, 2, 7, -1, 0.3, 1e-9, 1e9, 4096, 2**31]) if isinstance(value, int | float) else NAMES
    )
    return {**members, member: json.dumps(data).encode()}


def _leaves(place: Any) -> list[tuple[Any, Any]]:
    """Where the numbers, words and flags are."""
    found: list[tuple[Any, Any]] = []
    for key, value in list(place.items() if isinstance(place, dict) else enumerate(place)):
        found += _leaves(value) if isinstance(value, dict | list) else [(place, key)]
    return found


@st.composite
def other_arrays(draw: st.DrawFn, members: Members) -> Members:
    """One array has other numbers, another shape, type or name, or is gone."""
    member = draw(st.sampled_from([name for name in members if name.endswith(".safetensors")]))
    arrays = load_tensors(members[member])
    key = draw(st.sampled_from(sorted(arrays)))
    array = arrays.pop(key)
    match draw(st.sampled_from(["numbers", "shape", "type", "name", "gone"])):
        case "numbers":
            arrays[key] = array.copy()
            if array.size:
                value = draw(st.sampled_from(NUMBERS))
                with np.errstate(all="ignore"):
                    arrays[key].flat[draw(st.integers(0, array.size - 1))] = np.array(value).astype(array.dtype)
        case "shape":
            arrays[key] = np.ones(draw(st.lists(st.integers(0, 5), max_size=5)), array.dtype)
        case "type":
            with np.errstate(all="ignore"):
                arrays[key] = array.astype(draw(st.sampled_from(DTYPES)))
        case "name":
            arrays[draw(NAMES) + key] = array
    return {**members, member: save_tensors(arrays)}


@st.composite
def other_members(draw: st.DrawFn, members: Members) -> Members:
    """One member is damaged, has another name, or is gone."""
    name = draw(st.sampled_from(sorted(members)))
    rest = {other: data for other, data in members.items() if other != name}
    match draw(st.sampled_from(["truncated", "renamed", "gone", "swapped", "text"])):
        case "truncated":
            return {**members, name: members[name][: draw(st.integers(0, len(members[name])))]}
        case "renamed":
            return {**rest, draw(NAMES) or "?": members[name]}
        case "swapped":
            return {**members, name: members[draw(st.sampled_from(sorted(members)))]}
        case "text":
            return {**members, name: draw(st.binary(max_size=50))}
    return rest


@st.composite
def other_bytes(draw: st.DrawFn, file: bytes) -> bytes:
    """The file ends too early, or some of its bytes have changed, mostly near its end."""
    if draw(st.booleans()):
        return file[: draw(st.integers(0, len(file)))]
    changed = bytearray(file)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(1, 400) | st.integers(1, len(file)))
        changed[-place] = draw(st.integers(0, 255))
    return bytes(changed)


def mutated(draw: Callable[..., Any], sound: Path) -> bytes:
    """The contents of the file, changed in one way."""
    members = read(sound)
    change = draw(st.sampled_from([other_json, other_settings, other_settings, other_arrays, other_members, None]))
    if change is None:
        return draw(other_bytes(sound.read_bytes()))
    buffer = sound.with_name("buffer.cnn")
    write(buffer, draw(change(members)))
    return buffer.read_bytes()


def check_every_command(folder: Path, contents: bytes) -> None:
    """Run every command on a file with these contents."""
    with contextlib.chdir(folder):
        Path("it.cnn").write_bytes(contents)
        for name in ("trained.cnn", "y.npy", "out.npz", "out.onnx"):
            Path(name).unlink(missing_ok=True)
        for command in COMMANDS:
            out, err = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = main(command)
            lines = err.getvalue().splitlines()
            assert code in (0, 1), command
            assert len(lines) in ((0, 1) if code == 0 else (1,)), (command, lines)
            assert all(line.startswith("cnnstudio-cli: ") and line.isprintable() for line in lines), (command, lines)
            if "--json" in command and code == 0:
                for text in [out.getvalue()] if command[0] == "info" else out.getvalue().splitlines():
                    json.loads(text)
        if os.path.exists("trained.cnn"):
            load(Path("trained.cnn"))


@cases(30)
@given(data=st.data())
def test_mutated_projects(folder: Path, data: st.DataObject) -> None:
    check_every_command(folder, mutated(data.draw, folder / "sound.cnn"))


@pytest.mark.slow
@cases(500)
@given(data=st.data())
def test_many_mutated_projects(folder: Path, data: st.DataObject) -> None:
    check_every_command(folder, mutated(data.draw, folder / "sound.cnn"))
