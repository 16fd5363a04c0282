"""Read one picture file into the shape that a network takes."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from cnnstudio.data.dataset import DataError
from cnnstudio.layers import write_shape
from cnnstudio.operations import Shape

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
MOST_PIXELS = 64_000_000  # checked before a picture is decoded


def read_picture(path: Path, shape: Shape) -> NDArray[Any]:
    """The picture as uint8 of this shape (C, H, W), in grey or colour as C asks, resized to fit. Raises DataError."""
    channels, height, width = shape
    if channels not in (1, 3):
        raise DataError(f"Pictures have 1 or 3 channels, but the network takes {write_shape(shape)}; use --input.")
    try:
        with warnings.catch_warnings(), Image.open(path, formats=FORMATS) as image:
            warnings.simplefilter("ignore")
            if image.width * image.height > MOST_PIXELS:
                raise DataError(
                    f"{path} has {image.width} × {image.height} pixels; that is too large, shrink it first."
                )
            converted = image.convert("L" if channels == 1 else "RGB")
            resized = converted.resize((width, height), Image.Resampling.LANCZOS)
    except FileNotFoundError as error:
        raise DataError(f"There is no picture {path}.") from error
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} is no picture that can be read ({', '.join(FORMATS)}).") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise DataError(f"{path} cannot be read: {error}.") from error
    pixels = np.asarray(resized)
    return pixels[None] if channels == 1 else np.ascontiguousarray(pixels.transpose(2, 0, 1))
