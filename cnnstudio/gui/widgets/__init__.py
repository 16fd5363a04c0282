"""Generic Qt widgets: docks, labels, forms, layouts. They know nothing of networks, projects or panels."""
