"""Probe: the image being looked at and what the network makes of it."""
