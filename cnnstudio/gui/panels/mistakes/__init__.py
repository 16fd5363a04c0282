"""The Mistakes panel: misclassified test images."""
