"""Commands as records, and the menus, keyboard shortcuts, command finder and shortcut list that are made from them."""
