"""Training settings: optimizer, schedule, epochs, batch size and data."""
