"""Mistakes: test images that the network got wrong."""
