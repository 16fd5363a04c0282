"""Print every string literal of the program that a user may see, with its place: `python tools/list_strings.py [PATH]`.

Docstrings and lowercase words, such as object names and keys in files, are left out unless they label a widget.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "cnnstudio"
SHOWN_BY = {"setText", "addAction", "addMenu", "setAccessibleName", "setPlaceholderText", "setWindowTitle"}


def main() -> None:
    start = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else PACKAGE
    for path in sorted(start.rglob("*.py")) if start.is_dir() else [start]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for line, text in sorted(set(visible_strings(tree))):
            print(f"{path.relative_to(PACKAGE.parent)}:{line}: {text}")


def visible_strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of each string that has a space, begins with a capital, or labels a widget or parameter."""
    hidden = set(_docstrings(tree)) | set(_parts_of_f_strings(tree))
    labels = set(_labels(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node not in hidden:
            text = _text(node)
            if re.search(r"[^\W_]", text.replace("{…}", "")) and (" " in text or text[:1].isupper() or node in labels):
                yield node.lineno, text


def _text(node: ast.AST) -> str:
    """The string with `{…}` for what an f-string fills in; empty for other constants."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) if isinstance(part, ast.Constant) else "{…}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _docstrings(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def _parts_of_f_strings(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield from (part for part in node.values if isinstance(part, ast.Constant))


def _labels(tree: ast.Module) -> Iterator[ast.AST]:
    """Arguments that are shown even if they are a single lowercase word."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in SHOWN_BY:
                yield from node.args
            yield from (keyword.value for keyword in node.keywords if keyword.arg in ("label", "help", "unit"))


if __name__ == "__main__":
    main()
