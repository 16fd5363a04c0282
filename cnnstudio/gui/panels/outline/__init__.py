"""The Outline panel: the network as a list, for keyboards and screen readers."""
