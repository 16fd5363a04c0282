"""Keep what a newer program wrote and this one does not know, so that saving a file loses nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def leftover(read: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the first and not in the second, in the objects within them as well."""
    rest: dict[str, Any] = {}
    for key, value in read.items():
        if key not in known:
            rest[key] = value
        elif isinstance(value, Mapping) and isinstance(known[key], Mapping):
            inner = leftover(value, known[key])
            if inner:
                rest[key] = inner
    return rest


def merged(known: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    """The known values with what `leftover` found put back beside them."""
    whole = dict(known)
    for key, value in rest.items():
        if key not in whole:
            whole[key] = value
        elif isinstance(value, Mapping) and isinstance(whole[key], Mapping):
            whole[key] = merged(whole[key], value)
    return whole
