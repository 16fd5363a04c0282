"""The base of all errors that the user can fix, whose message is shown to them."""

from __future__ import annotations

from cnnstudio.plain_text import plain


class UserError(ValueError):
    """The message says in one plain line what is wrong and how to fix it, whatever text of files it quotes."""

    def __init__(self, message: object) -> None:
        super().__init__(plain(message))
