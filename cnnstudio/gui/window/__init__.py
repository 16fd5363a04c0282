"""The main window: menus, bars and docks, and the dialogs that open and save files."""
