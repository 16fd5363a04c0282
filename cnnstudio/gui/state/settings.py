"""Settings that persist between sessions: theme, device, recent files, window layout."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

MAX_RECENT = 8


class Settings:
    """Typed access to QSettings; every change is written immediately. Tests pass a `store` of their own."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store or QSettings("CNN Studio", "CNN Studio")

    @property
    def theme(self) -> str:
        """The color theme: system, light or dark."""
        return self._text("theme", "system")

    @theme.setter
    def theme(self, choice: str) -> None:
        self._store.setValue("theme", choice)

    @property
    def device(self) -> str:
        """The device to train on: numpy, auto, or an OpenCL device."""
        return self._text("device", "numpy")

    @device.setter
    def device(self, name: str) -> None:
        self._store.setValue("device", name)

    @property
    def recent(self) -> list[Path]:
        """Recently opened or saved projects, newest first."""
        stored = self._store.value("recent", [])
        names = stored if isinstance(stored, list) else [stored] if stored else []
        return [Path(str(name)) for name in names]

    def add_recent(self, path: Path) -> None:
        """Put a project at the top of `recent`."""
        paths = [path, *(p for p in self.recent if p != path)][:MAX_RECENT]
        self._store.setValue("recent", [str(p) for p in paths])

    @property
    def layout(self) -> tuple[QByteArray, QByteArray] | None:
        """The window's geometry and dock layout; None if it was never saved."""
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
