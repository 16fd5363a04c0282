"""Asks for a folder, and shows the files in it, so that one sees whether it is the right one."""

from __future__ import annotations

from PySide6.QtWidgets import QFileDialog, QWidget


def ask_folder(parent: QWidget, title: str, start: str = "") -> str:
    """The chosen folder; empty if the dialog was canceled."""
    return QFileDialog.getExistingDirectory(parent, title, start, QFileDialog.Option(0))
