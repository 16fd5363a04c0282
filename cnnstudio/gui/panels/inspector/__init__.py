"""Inspector: what is selected, with everything that can be set and known about it."""
