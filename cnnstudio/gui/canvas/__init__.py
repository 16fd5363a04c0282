"""The canvas: the network as a graph of nodes that show their outputs, edited with mouse and keyboard."""
