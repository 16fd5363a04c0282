"""Reads an image file into the shape that a network expects."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from cnnstudio.array import Array
from cnnstudio.data.dataset import DataError
from cnnstudio.layers import format_shape
from cnnstudio.operations import Shape

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
MAX_PIXELS = 64_000_000  # checked before an image is decoded


def read_image(path: Path, shape: Shape) -> Array:
    """The image resized to this shape (C, H, W), uint8, in grayscale or color depending on C. Raises DataError."""
    if shape[0] not in (1, 3):
        raise DataError(f"Image files have 1 or 3 channels, but the network takes {format_shape(shape)}; use --input.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own limit is higher
            with Image.open(path, formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise DataError(
                        f"{path} has {image.width} × {image.height} pixels, which is too large. Reduce it first."
                    )
                return _fitted(image, shape)
    except FileNotFoundError as error:
        raise DataError(f"There is no image {path}.") from error
    except Image.DecompressionBombError as error:
        raise DataError(f"{path} has more than {MAX_PIXELS:,} pixels, which is too large. Reduce it first.") from error
    except UnidentifiedImageError as error:
        raise DataError(f"{path} is not an image in a supported format ({', '.join(FORMATS)}).") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise DataError(f"{path} cannot be read: {error}.") from error


def _fitted(image: Image.Image, shape: Shape) -> Array:
    channels, height, width = shape
    if image.mode.startswith("I;16"):  # Pillow would clip values above 255
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    converted = image.convert("L" if channels == 1 else "RGB")
    pixels = np.asarray(converted.resize((width, height), Image.Resampling.LANCZOS))
    return pixels[None] if channels == 1 else np.ascontiguousarray(pixels.transpose(2, 0, 1))
