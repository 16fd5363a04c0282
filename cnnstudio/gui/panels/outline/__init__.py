"""Outline: the network as a list."""
