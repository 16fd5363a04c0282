"""Log: what happened and when."""
