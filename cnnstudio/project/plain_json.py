"""JSON members of a project file, read within limits; whatever is accepted can be saved again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cnnstudio.project.error import ProjectFileError

MAX_VALUES = 300_000  # a thousand layers have about 20 000
MAX_DEPTH = 50  # of objects and lists in each other


def count_values(text: bytes) -> int:
    """About how many values the text has, at least."""
    return sum(map(text.count, (b"[", b"{", b",")))


def read_object(text: bytes, name: str, path: Path) -> dict[str, Any]:
    """The object in the text of the member `name` of the file. Raises ProjectFileError with both in its message."""
    if count_values(text) > MAX_VALUES:  # each value takes far more memory than its text
        raise ProjectFileError(f"{path} was not opened: its {name} has more than {MAX_VALUES:,} values.")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProjectFileError(f"{path} is damaged: its {name} is not valid JSON.") from error
    if not isinstance(data, dict):
        raise ProjectFileError(f"{path} is damaged: its {name} is not an object.")
    _check_plain(data, name, path)
    return data


def _check_plain(data: object, name: str, path: Path) -> None:
    """Refuse what could not be saved again: half characters, and objects too deep within each other."""
    level: list[object] = [data]
    for _ in range(MAX_DEPTH):
        texts = [value for value in level if isinstance(value, str)]
        if any(not text.isascii() and _has_half_characters(text) for text in texts):
            raise ProjectFileError(f"{path} is damaged: its {name} contains an invalid character.")
        level = [item for value in level for item in _inside(value)]
        if not level:
            return
    raise ProjectFileError(f"{path} was not opened: the objects in its {name} are more than {MAX_DEPTH} deep.")


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


def _has_half_characters(text: str) -> bool:
    """Whether the text contains one half of a surrogate pair, which no encoding can write."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
