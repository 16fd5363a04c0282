"""The base of all errors that the user can fix, whose message is shown to them."""

from __future__ import annotations

from cnnstudio.plain_text import plain

LONGEST = 1000  # characters of a message; one that quotes more of a file is cut in the middle


class UserError(ValueError):
    """The message says in one plain line what is wrong and how to fix it, whatever text of files it quotes."""

    def __init__(self, message: object) -> None:
        text = plain(message)
        half = LONGEST // 2
        super().__init__(text if len(text) <= LONGEST else f"{text[:half]} … {text[-half:]}")
