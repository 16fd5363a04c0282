"""The canvas: the network as nodes that show what they see, and everything that can be done to it with the mouse."""
