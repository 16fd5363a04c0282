"""The Layers panel: every layer type, searchable, to drag onto the canvas."""
