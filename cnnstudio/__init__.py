"""CNN Studio: build, train, understand and take away convolutional networks."""

from cnnstudio.blas import select_openblas_kernels

__version__ = "0.1.0"

select_openblas_kernels()
