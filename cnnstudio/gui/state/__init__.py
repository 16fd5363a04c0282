"""What the window works on: the open project, its data, its network and its run. No widgets."""
