"""Reads an image file into the shape that a network expects, as a viewer shows it."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Lock

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from cnnstudio.array import Array
from cnnstudio.data.dataset import DataError
from cnnstudio.layers import format_shape
from cnnstudio.operations import Shape
from cnnstudio.regular_file import open_regular, reason_of

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
MAX_PIXELS = 64_000_000  # checked before an image is decoded, as is
MAX_SIDE = 30_000  # pixels; each row of an image takes memory of its own
RANGES = {"I": (255.0, 65535.0), "F": (1.0, 255.0, 65535.0)}  # usual values of white, by Pillow's mode
STDERR = 2

logging.getLogger("PIL").addHandler(logging.NullHandler())  # else Pillow prints why it fails, besides failing
_stderr = Lock()  # whoever holds it may redirect it


def read_image(path: Path, shape: Shape) -> Array:
    """The image resized to this shape (C, H, W), uint8, in grayscale or color depending on C. Raises DataError."""
    if shape[0] not in (1, 3):
        raise DataError(f"Image files have 1 or 3 channels, but the network takes {format_shape(shape)}; use --input.")
    try:
        with open_regular(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own limit is higher
            with Image.open(file, formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
                    raise DataError(
                        f"{path} has {image.width} × {image.height} pixels, which is too large. Reduce it first."
                    )
                return _fitted(image, shape)
    except DataError:
        raise
    except FileNotFoundError as error:
        raise DataError(f"There is no image {path}.") from error
    except Image.DecompressionBombError as error:
        raise DataError(f"{path} has more than {MAX_PIXELS:,} pixels, which is too large. Reduce it first.") from error
    except UnidentifiedImageError as error:
        raise DataError(f"{path} is not an image in a supported format ({', '.join(FORMATS)}).") from error
    except Exception as error:  # decoders of damaged images fail in many ways
        raise DataError(f"{path} cannot be read as an image ({reason_of(error)}).") from error


def _fitted(image: Image.Image, shape: Shape) -> Array:
    channels, height, width = shape
    with _quiet_stderr() if image.format == "TIFF" else nullcontext():
        image.load()
    shown = _in_8_bits(_upright(image), image.format)
    if shown.has_transparency_data:
        white = Image.new("RGBA", shown.size, "white")
        shown = Image.alpha_composite(white, shown.convert("RGBA"))
    converted = shown.convert("L" if channels == 1 else "RGB")
    pixels = np.asarray(converted.resize((width, height), Image.Resampling.LANCZOS))
    return pixels[None] if channels == 1 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _upright(image: Image.Image) -> Image.Image:
    """The image turned as its camera noted; one whose notes are damaged stays as it is."""
    with suppress(Exception):  # they are foreign data in many forms, and not needed
        return ImageOps.exif_transpose(image)
    return image


def _in_8_bits(image: Image.Image, format: str | None) -> Image.Image:
    """The image with values from 0 to 255, where its own range is another, which Pillow would clip."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode not in ("I", "F"):
        return image
    values = np.asarray(image, np.float32)
    if not np.isfinite(values).all():
        raise ValueError("it contains NaN or infinity")
    white = RANGES[image.mode][-1] if format == "PPM" else _white(values, RANGES[image.mode])
    return Image.fromarray(np.clip(values * (255.0 / white), 0.0, 255.0).astype(np.uint8))


def _white(values: Array, whites: tuple[float, ...]) -> float:
    """The smallest usual value of white that no value exceeds, or else the largest value."""
    largest = float(values.max(initial=0.0))
    return next((white for white in whites if largest <= white), largest)


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Keep the process from writing to stderr: libtiff prints what is wrong with a file there, besides failing."""
    with _stderr:
        try:
            before = os.dup(STDERR)
        except OSError:  # there is no stderr
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, STDERR)
        os.close(nowhere)
        try:
            yield
        finally:
            os.dup2(before, STDERR)
            os.close(before)
