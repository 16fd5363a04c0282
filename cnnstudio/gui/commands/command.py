"""A command is one record; menus, shortcuts, tooltips, the command finder and the shortcut list are made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtGui import QKeySequence

Shortcut = QKeySequence.StandardKey | str

NATIVE = QKeySequence.SequenceFormat.NativeText


@dataclass(frozen=True)
class CanvasKey:
    """A key that runs a command while the canvas has the focus, and only if `when` returns true.

    `condition` is what `when` tests, in words: "with nothing selected".
    """

    key: str
    when: Callable[[], bool] | None = None
    condition: str = ""

    def describe(self) -> str:
        """The key in the platform's notation, with its condition."""
        name = QKeySequence(self.key).toString(NATIVE)
        return f"{name} {self.condition}".rstrip()


@dataclass(frozen=True)
class Command:
    """What a command does, where it is in the menus, and which keys run it.

    `menu` is a path such as `View/Theme`; a command with an empty path is in no menu. `keys` work anywhere in the
    window, `canvas_keys` while the canvas has the focus. `run` may return False to pass a canvas key on to other
    widgets; `release` is run when such a key is let go. `enabled` and `checked` are called when a menu opens and
    after every change, as is `detail`, which says in menus what the command would act on: Undo Change filters. A
    command that is `separated` has a separator above it.
    """

    name: str
    menu: str
    text: str
    run: Callable[[], object]
    tip: str
    keys: tuple[Shortcut, ...] = ()
    canvas_keys: tuple[CanvasKey, ...] = ()
    enabled: Callable[[], bool] | None = None
    checked: Callable[[], bool] | None = None
    release: Callable[[], object] | None = None
    separated: bool = False
    detail: Callable[[], str] | None = None

    @property
    def available(self) -> bool:
        """Whether the command can be run now."""
        return self.enabled is None or self.enabled()

    @property
    def title(self) -> str:
        """The command with its menu path: `View › Zoom in`."""
        return " › ".join([*self.menu.split("/"), self.text] if self.menu else [self.text])

    def shortcuts(self) -> list[QKeySequence]:
        """The keys that work anywhere in the window; a standard key stands for all that the platform binds to it."""
        bindings = (_bindings(key) for key in self.keys)
        return list(dict.fromkeys(sequence for several in bindings for sequence in several))

    def shortcut_texts(self) -> list[str]:
        """The keys that work anywhere in the window as text; of a standard key, the platform's first binding."""
        bindings = (_bindings(key)[:1] for key in self.keys)
        texts = (sequence.toString(NATIVE) for several in bindings for sequence in several)
        return list(dict.fromkeys(texts))

    def key_texts(self) -> list[str]:
        """All keys as text: those that work anywhere in the window, then those of the canvas."""
        return [*self.shortcut_texts(), *(key.describe() for key in self.canvas_keys)]

    def tooltip(self) -> str:
        """The tip, followed by the keys in parentheses."""
        keys = ", ".join(self.key_texts())
        return f"{self.tip.removesuffix('.')} ({keys})." if keys else self.tip


def canvas_keys(*keys: str) -> tuple[CanvasKey, ...]:
    """Unconditional canvas keys."""
    return tuple(CanvasKey(key) for key in keys)


def by_name(commands: Iterable[Command]) -> dict[str, Command]:
    """Commands by their names, in order."""
    return {command.name: command for command in commands}


def _bindings(key: Shortcut) -> list[QKeySequence]:
    return [QKeySequence(key)] if isinstance(key, str) else list(QKeySequence.keyBindings(key))
