"""CNN Studio: build, train, understand and take away convolutional networks."""

__version__ = "0.1.0"
