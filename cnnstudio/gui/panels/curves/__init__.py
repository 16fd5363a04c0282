"""Loss and Accuracy: curves of the current run over those of earlier runs."""
