"""Widgets that any Qt program could use; they know nothing of networks."""
