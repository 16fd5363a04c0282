"""Training runs: a state machine around a worker thread, what it trains, and a record of every run. No Qt."""
