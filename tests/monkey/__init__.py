"""Random actions in the real window, by seed, in a process of their own."""
