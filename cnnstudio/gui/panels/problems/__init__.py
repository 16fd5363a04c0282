"""Problems: what keeps the network from working, and how to fix it."""
