"""The panels around the canvas, a package each; `shared` has what several panels use."""
