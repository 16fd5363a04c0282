"""The panels around the canvas, one package each."""
