"""CNN Studio: build, train, understand and take away convolutional networks."""

from cnnstudio.blas import name_processor

__version__ = "0.1.0"

name_processor()
