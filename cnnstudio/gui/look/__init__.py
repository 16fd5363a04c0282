"""Appearance without widgets: theme colors, arrays as images, numbers as text."""
