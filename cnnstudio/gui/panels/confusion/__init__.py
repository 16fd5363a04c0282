"""The Confusion panel: the confusion matrix of the test images."""
