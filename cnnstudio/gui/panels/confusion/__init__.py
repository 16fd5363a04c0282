"""Confusion: which classes the network takes for which."""
