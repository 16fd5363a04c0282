"""What several panels use: the problem list, the Train button, run colors."""
