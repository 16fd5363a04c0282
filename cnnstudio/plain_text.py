"""Foreign text, such as names in files, made plain: one line that a terminal or a message shows as it is."""

from __future__ import annotations

import unicodedata

UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # control and format characters, halves of characters, line ends


def plain(text: object) -> str:
    """The text with everything that does not print, such as an escape sequence or a line end, written as `\\x1b`."""
    string = str(text)
    return string if string.isprintable() else "".join(map(_printable, string))


def _printable(character: str) -> str:
    if unicodedata.category(character) not in UNPRINTABLE:
        return character
    return character.encode("unicode_escape").decode("ascii")
