"""Layers: every kind of layer, ready to drag onto the canvas."""
