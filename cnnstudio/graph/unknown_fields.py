"""Preserves JSON fields of newer versions, so that saving a file again does not lose them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def leftover(read: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the first that the second does not have, nested objects included."""
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
    """The known fields together with those that `leftover` found."""
    whole = dict(known)
    for key, value in rest.items():
        if key not in whole:
            whole[key] = value
        elif isinstance(value, Mapping) and isinstance(whole[key], Mapping):
            whole[key] = merged(whole[key], value)
    return whole
