"""Everything but the window, from the command line; it runs without Qt. docs/cli.md describes what it prints."""

from cnnstudio.cli.main import main

__all__ = ["main"]
