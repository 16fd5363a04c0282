"""Generated images of digits, drawn with the program's fonts: data for a first LeNet without a download."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from cnnstudio.array import Array
from cnnstudio.data.dataset import Dataset, Scaling
from cnnstudio.interruption import check_interrupted
from cnnstudio.resource import resource

COUNTS = {"train": 3000, "validation": 300, "test": 500}
OVERSIZE = 2  # factor by which images are drawn larger and then reduced, for smooth edges
FONTS = ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf", "JetBrainsMono-Regular.ttf")


def generate(size: int = 28, *, seed: int = 0) -> Dataset:
    """White digits on black (N, 1, size, size), uint8; equal for equal size and seed."""
    total = sum(COUNTS.values())
    rng = np.random.default_rng([seed, 0xD161])
    labels = rng.permutation(np.arange(total) % 10)
    large = size * OVERSIZE
    fonts = [
        ImageFont.truetype(str(resource("fonts", name)), round(large * fraction))
        for name in FONTS
        for fraction in (0.7, 0.8, 0.9)
    ]
    images = np.stack([_draw(str(label), size, fonts, rng) for label in labels])[:, None]
    ends = np.cumsum([0, *COUNTS.values()])
    splits = {split: np.arange(ends[i], ends[i + 1]) for i, split in enumerate(COUNTS)}
    scaling = Scaling.measured(images[splits["train"]])
    return Dataset("Generated digits", images, labels, tuple("0123456789"), splits, scaling)


def _draw(digit: str, size: int, fonts: list[ImageFont.FreeTypeFont], rng: np.random.Generator) -> Array:
    """One digit, rotated, sheared, scaled, shifted and sometimes bolder, with noise."""
    check_interrupted()
    large = size * OVERSIZE
    image = Image.new("L", (large, large))
    font = fonts[rng.integers(len(fonts))]
    stroke = int(rng.integers(0, 3))
    middle = (large / 2, large / 2)
    ImageDraw.Draw(image).text(middle, digit, 255, font, anchor="mm", stroke_width=stroke, stroke_fill=255)
    angle, slant = np.radians(rng.uniform(-12, 12)), rng.uniform(-0.25, 0.25)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1.0, slant], [0.0, 1.0]]) / rng.uniform(0.85, 1.15, 2)
    shift = rng.uniform(-0.08, 0.08, 2) * large
    offset = np.array(middle) - matrix @ (np.array(middle) + shift)
    data = (*matrix[0], offset[0], *matrix[1], offset[1])
    moved = image.transform((large, large), Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)
    small = moved.filter(ImageFilter.GaussianBlur(0.6)).resize((size, size), Image.Resampling.BOX)
    noisy = np.asarray(small, np.float32) + rng.normal(0.0, 8.0, (size, size))
    return np.clip(noisy, 0, 255).astype(np.uint8)
