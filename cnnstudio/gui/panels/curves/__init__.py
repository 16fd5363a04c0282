"""The Loss and Accuracy panels: curves of the current run over those of earlier runs."""
