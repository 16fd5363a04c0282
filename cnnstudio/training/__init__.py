"""Training: what is chosen, how it runs, what it tells, and how well the result does."""
