"""The type of every array in the program: any shape, any element type; docstrings name both."""

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
