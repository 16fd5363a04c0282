"""Names in menus and on buttons, where an ampersand would mark a mnemonic and a tab a shortcut."""

from __future__ import annotations

from cnnstudio.plain_text import plain


def menu_text(name: str) -> str:
    """The name as the text of a menu entry or button that shows it as it is."""
    return plain(name).replace("&", "&&")
