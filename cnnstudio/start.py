"""Open the window, or print in one line why it cannot open."""

from __future__ import annotations

import sys

from cnnstudio.system_libraries import install_line, missing_libraries, without_display

OWN = ("", "cnnstudio")  # a failing import of our own is a bug and shows its traceback


def main() -> int:
    """Run the program; returns its exit code."""
    if without_display():
        print(
            "CNN Studio cannot open its window: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set). "
            "cnnstudio-cli works without one.",
            file=sys.stderr,
        )
        return 1
    missing = missing_libraries()
    if missing:
        print(
            f"CNN Studio cannot open its window: this system lacks {', '.join(missing)}. "
            f"On Debian or Ubuntu run: {install_line(missing.values())}",
            file=sys.stderr,
        )
        return 1
    try:
        from cnnstudio.gui.app import main as open_window
    except ImportError as error:
        if (error.name or "").partition(".")[0] in OWN:
            raise
        print(f"CNN Studio cannot open its window: {error}. In a checkout run: make run", file=sys.stderr)
        return 1
    return open_window()
