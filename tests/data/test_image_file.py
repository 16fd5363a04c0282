"""One image file becomes what the network takes, whatever its format and size, or a sentence."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnstudio.data import DataError
from cnnstudio.data.image_file import MAX_PIXELS, read_image


def save(path: Path, pixels: np.ndarray, mode: str | None = None) -> Path:
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(path)
    return path


GRAY = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4
COLOUR = np.stack([GRAY, GRAY[::-1], GRAY.T], axis=-1)


@pytest.mark.parametrize("ending", ["png", "bmp", "tiff", "gif", "ppm"])
def test_gray_images_of_the_right_size_are_unchanged(tmp_path: Path, ending: str) -> None:
    np.testing.assert_array_equal(read_image(save(tmp_path / f"a.{ending}", GRAY), (1, 8, 8))[0], GRAY)


def test_color_images_are_channels_first(tmp_path: Path) -> None:
    found = read_image(save(tmp_path / "a.png", COLOUR), (3, 8, 8))
    np.testing.assert_array_equal(found, COLOUR.transpose(2, 0, 1))


@pytest.mark.parametrize("ending", ["jpg", "webp"])
def test_lossy_formats_are_nearly_unchanged(tmp_path: Path, ending: str) -> None:
    smooth = np.broadcast_to(np.linspace(0, 255, 32).astype(np.uint8), (32, 32)).copy()
    found = read_image(save(tmp_path / f"a.{ending}", smooth), (1, 32, 32))[0]
    assert np.abs(found.astype(int) - smooth).max() < 16


def test_an_image_is_converted_to_the_requested_channels_and_size(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", COLOUR)
    assert read_image(path, (1, 5, 6)).shape == (1, 5, 6)
    gray = save(tmp_path / "b.png", GRAY)
    red, green, blue = read_image(gray, (3, 8, 8))
    np.testing.assert_array_equal(red, GRAY)
    np.testing.assert_array_equal(green, blue)


def test_palette_and_bilevel_images_are_read(tmp_path: Path) -> None:
    assert read_image(save(tmp_path / "p.png", COLOUR, "P"), (3, 8, 8)).shape == (3, 8, 8)
    bits = read_image(save(tmp_path / "1.png", np.where(GRAY > 99, 255, 0).astype(np.uint8), "1"), (1, 8, 8))
    assert set(np.unique(bits)) == {0, 255}


def test_16_bit_images_keep_their_range(tmp_path: Path) -> None:
    deep = (GRAY.astype(np.uint16) * 257).astype(np.uint16)
    found = read_image(save(tmp_path / "a.png", deep), (1, 8, 8))[0]
    assert np.abs(found.astype(int) - GRAY).max() <= 1


def refused(path: Path, shape: tuple[int, int, int] = (1, 8, 8)) -> str:
    with pytest.raises(DataError) as caught:
        read_image(path, shape)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_missing_image(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.png") == f"There is no image {tmp_path / 'none.png'}."


@pytest.mark.parametrize(
    "content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"P6\n9999999 9999999\n255\n"]
)
def test_a_file_that_is_not_an_image(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    assert str(path) in refused(path)


@pytest.mark.parametrize("ending", ["png", "jpg", "bmp", "gif", "tiff"])
def test_a_damaged_image(tmp_path: Path, ending: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    path = save(tmp_path / f"a.{ending}", noise)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert str(path) in refused(path)


@pytest.mark.parametrize(("ending", "format"), [("eps", "EPS"), ("pdf", "PDF"), ("ico", "ICO")])
def test_unsupported_formats_are_refused(tmp_path: Path, ending: str, format: str) -> None:
    path = tmp_path / f"a.{ending}"
    Image.fromarray(COLOUR).save(path, format)
    assert "not an image in a supported format" in refused(path)


def png_of(width: int, height: int) -> bytes:
    """The header of a PNG file with these dimensions."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8001, 10_000, 20_000, 2**31 - 1])
def test_an_image_that_is_too_large_is_refused_before_it_is_decoded(tmp_path: Path, side: int) -> None:
    assert side * side > MAX_PIXELS
    path = tmp_path / "large.png"
    path.write_bytes(png_of(side, side))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "too large" in refused(path)


def test_a_network_with_two_channels_accepts_no_image_file(tmp_path: Path) -> None:
    assert "2 × 8 × 8" in refused(save(tmp_path / "a.png", GRAY), (2, 8, 8))


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert str(tmp_path) in refused(tmp_path)
