"""The main window: puts canvas, panels, menus and bars together, with the dialogs for files, data and help."""
