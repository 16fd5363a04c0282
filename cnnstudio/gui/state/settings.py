"""What the program remembers between two starts, each with its type and default."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

MOST_RECENT = 8


class Settings:
    """Read and written at once; `store` may be a file of a test's own."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store or QSettings("CNN Studio", "CNN Studio")

    @property
    def theme(self) -> str:
        """system, light or dark"""
        return self._text("theme", "system")

    @theme.setter
    def theme(self, choice: str) -> None:
        self._store.setValue("theme", choice)

    @property
    def device(self) -> str:
        """The device that trains: numpy, auto, or one of OpenCL's."""
        return self._text("device", "numpy")

    @device.setter
    def device(self, name: str) -> None:
        self._store.setValue("device", name)

    @property
    def recent(self) -> list[Path]:
        """Projects that were opened or saved, the last one first."""
        stored = self._store.value("recent", [])
        names = stored if isinstance(stored, list) else [stored] if stored else []
        return [Path(str(name)) for name in names]

    def remember(self, path: Path) -> None:
        """Put a project at the head of `recent`."""
        paths = [path, *(p for p in self.recent if p != path)][:MOST_RECENT]
        self._store.setValue("recent", [str(p) for p in paths])

    @property
    def layout(self) -> tuple[QByteArray, QByteArray] | None:
        """The window's geometry and docks; None before the first time."""
        geometry, docks = self._store.value("geometry"), self._store.value("docks")
        if isinstance(geometry, QByteArray) and isinstance(docks, QByteArray):
            return geometry, docks
        return None

    @layout.setter
    def layout(self, layout: tuple[QByteArray, QByteArray] | None) -> None:
        for name, value in zip(("geometry", "docks"), layout or (None, None), strict=True):
            if value is None:
                self._store.remove(name)
            else:
                self._store.setValue(name, value)

    def _text(self, name: str, default: str) -> str:
        value = self._store.value(name, default)
        return value if isinstance(value, str) else default
