"""Stories use the fixtures of the gui tests."""

from tests.gui.conftest import application, nothing_left, open_window, window

__all__ = ["application", "nothing_left", "open_window", "window"]
