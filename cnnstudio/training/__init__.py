"""Training: settings, the training loop and its events, learning rate schedules, checkpoints and metrics."""
