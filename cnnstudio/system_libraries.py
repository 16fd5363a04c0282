"""The system libraries that Qt needs on Linux: which are missing, and the command that installs them."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable, Mapping

Packages = Mapping[str, str]  # library -> Debian package

ALWAYS: Packages = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libX11.so.6": "libx11-6",
}
X11: Packages = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}


def missing_libraries() -> dict[str, str]:
    """Libraries that the window needs and that cannot be loaded, with their Debian packages; none outside Linux."""
    if not sys.platform.startswith("linux"):
        return {}
    needed = dict(ALWAYS) if without_x11() else {**ALWAYS, **X11}
    return {library: package for library, package in needed.items() if not _loads(library)}


def without_x11() -> bool:
    """Whether Qt uses another platform than X11."""
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    return platform not in ("", "xcb") or (platform == "" and "WAYLAND_DISPLAY" in os.environ)


def without_display() -> bool:
    """Whether there is no display to open a window on."""
    named = any(os.environ.get(name) for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"))
    return sys.platform.startswith("linux") and not named


def install_line(packages: Iterable[str]) -> str:
    """The command that installs the packages on Debian and Ubuntu."""
    return f"sudo apt-get install -y {' '.join(sorted(set(packages)))}"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
