"""Stories take place in the same window as its tests, under the same guards."""

from tests.gui.conftest import application, nothing_left, open_window

__all__ = ["application", "nothing_left", "open_window"]
