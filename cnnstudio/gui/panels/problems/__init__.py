"""The Problems panel: what prevents the network from training, with fixes."""
