"""The Probe panel: one image, the network's prediction for it, and a drawing pad."""
