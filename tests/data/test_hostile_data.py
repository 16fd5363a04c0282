"""Data made to harm: refused in a sentence before it takes time or memory, and never waited for."""

from __future__ import annotations

import gzip
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnstudio.data import DataError, open_dataset
from cnnstudio.data.idx import read_idx
from cnnstudio.data.image_file import read_image
from tests.support.cost import cheaply


@pytest.fixture
def not_a_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """What is no regular file, by its kind."""
    path = tmp_path / "it"
    match request.param:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "loop":
            path.symlink_to(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "NUL":
            return tmp_path / "a\0b"
        case "half a character":
            return tmp_path / "a\ud800"
        case "endless name":
            return tmp_path / ("a" * 5000)
    return path


KINDS = ("pipe", "folder", "loop", "device", "NUL", "half a character", "endless name")


@pytest.mark.parametrize("not_a_file", KINDS, indirect=True)
class TestPlaces:
    def test_as_an_image(self, not_a_file: Path) -> None:
        with cheaply(), pytest.raises(DataError, match="cannot be read as an image"):
            read_image(not_a_file, (1, 9, 9))

    def test_as_a_part_of_a_dataset(self, not_a_file: Path) -> None:
        with cheaply(), pytest.raises(DataError, match="cannot be read"):
            read_idx(not_a_file, 3)

    def test_as_a_folder(self, not_a_file: Path) -> None:
        for kind in ("mnist", "cifar10"):
            with cheaply(), pytest.raises(DataError):
                open_dataset(f"{kind}:{not_a_file}")


def test_a_pipe_among_the_files_of_a_dataset(tmp_path: Path) -> None:
    for name in ("train-images-idx3-ubyte", "data_batch_1.bin", "test_batch.bin"):
        os.mkfifo(tmp_path / name)
    for kind in ("mnist", "cifar10"):
        with pytest.raises(DataError):
            open_dataset(f"{kind}:{tmp_path}")


@pytest.mark.parametrize("folder", ["~nobody-has-this-name/data", "\0", "a" * 5000, "a\ud800"])
def test_a_folder_that_cannot_be(folder: str) -> None:
    with pytest.raises(DataError):
        open_dataset(f"mnist:{folder}")


class TestBombs:
    def packed(self, path: Path, header: bytes, zeros: int) -> Path:
        with gzip.open(path, "wb", compresslevel=1) as file:
            file.write(header)
            for _ in range(zeros >> 20):
                file.write(bytes(1 << 20))
        return path

    def test_a_packed_file_that_expands_too_far(self, tmp_path: Path) -> None:
        path = self.packed(tmp_path / "a.gz", struct.pack(">4I", 0x803, 200, 1024, 1024), 200 << 20)
        with cheaply(), pytest.raises(DataError, match="is unpacked to at most"):
            read_idx(path, 3)

    def test_a_packed_file_that_contains_more_than_it_says(self, tmp_path: Path) -> None:
        path = self.packed(tmp_path / "a.gz", struct.pack(">4I", 0x803, 2, 2, 2), 200 << 20)
        with cheaply():
            assert read_idx(path, 3).shape == (2, 2, 2)

    def test_packed_records_that_expand_too_far(self, tmp_path: Path) -> None:
        self.packed(tmp_path / "data_batch_1.bin", b"", 100 << 20)
        with cheaply(), pytest.raises(DataError, match="does not consist of CIFAR-10 records"):
            open_dataset(f"cifar10:{tmp_path}")

    def test_images_larger_than_any_network_takes(self, tmp_path: Path) -> None:
        path = tmp_path / "images"
        path.write_bytes(struct.pack(">4I", 0x803, 1, 1, 5000) + bytes(5000))
        with pytest.raises(DataError, match="at most 4096"):
            read_idx(path, 3)

    @pytest.mark.parametrize("size", [(1, 64_000_000), (64_000_000, 1), (7000, 9000)])
    def test_an_image_of_extreme_size(self, tmp_path: Path, size: tuple[int, int]) -> None:
        """The last one is as large as allowed, but its pixels are missing."""
        path = tmp_path / "a.png"
        parts = ((b"IHDR", struct.pack(">IIBBBBB", *size, 8, 6, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(99))))
        data = b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in parts
        )
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)
        with cheaply(), pytest.raises(DataError, match=r"too large|cannot be read as an image \(.+\)"):
            read_image(path, (1, 9, 9))


class TestImages:
    """What is read is what a viewer shows."""

    def test_transparent_places_are_white(self, tmp_path: Path) -> None:
        for mode in ("RGBA", "LA"):
            Image.new(mode, (4, 4)).save(tmp_path / "a.png")
            assert read_image(tmp_path / "a.png", (1, 4, 4)).min() == 255
        Image.new("P", (4, 4)).save(tmp_path / "a.png", transparency=0)
        assert read_image(tmp_path / "a.png", (3, 4, 4)).min() == 255

    def test_a_photograph_is_turned_upright(self, tmp_path: Path) -> None:
        pixels = np.zeros((4, 4), np.uint8)
        pixels[0] = 255
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.fromarray(pixels).save(tmp_path / "a.png", exif=exif)
        assert read_image(tmp_path / "a.png", (1, 4, 4))[0, :, -1].min() == 255

    @pytest.mark.parametrize("notes", [b"", b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", bytes(60)])
    def test_damaged_notes_of_a_camera_do_not_matter(self, tmp_path: Path, notes: bytes) -> None:
        Image.new("L", (4, 4), 128).save(tmp_path / "a.jpg", exif=notes)
        assert read_image(tmp_path / "a.jpg", (1, 4, 4)).min() > 100

    @pytest.mark.parametrize("white", [1.0, 255.0, 65535.0])
    def test_fractions_and_large_numbers_are_scaled(self, tmp_path: Path, white: float) -> None:
        Image.fromarray(np.array([[0.0, white]], np.float32)).save(tmp_path / "a.tiff")
        np.testing.assert_array_equal(read_image(tmp_path / "a.tiff", (1, 1, 2))[0], [[0, 255]])

    def test_an_animation_shows_its_first_picture(self, tmp_path: Path) -> None:
        first, *others = [Image.new("L", (4, 4), value) for value in (200, 0, 50)]
        first.save(tmp_path / "a.gif", save_all=True, append_images=others)
        assert read_image(tmp_path / "a.gif", (1, 4, 4)).min() == 200

    def test_numbers_that_are_none_are_refused(self, tmp_path: Path) -> None:
        Image.fromarray(np.full((2, 2), np.nan, np.float32)).save(tmp_path / "a.tiff")
        with pytest.raises(DataError, match="NaN"):
            read_image(tmp_path / "a.tiff", (1, 2, 2))

    def test_a_damaged_tiff_writes_nothing_to_stderr(self, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
        Image.fromarray(noise).save(tmp_path / "a.tiff", compression="tiff_lzw")
        data = bytearray((tmp_path / "a.tiff").read_bytes())
        data[200:1500] = bytes(1300)
        (tmp_path / "a.tiff").write_bytes(data)
        with pytest.raises(DataError):
            read_image(tmp_path / "a.tiff", (1, 8, 8))
        assert capfd.readouterr().err == ""

    def test_a_tiff_of_too_many_channels_writes_nothing_to_stderr(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        Image.new("RGB", (4, 4)).save(tmp_path / "a.tiff")
        data = (tmp_path / "a.tiff").read_bytes()
        channels = struct.pack("<HHI", 277, 3, 1)
        assert channels + b"\3\0" in data
        (tmp_path / "a.tiff").write_bytes(data.replace(channels + b"\3\0", channels + b"\1\1"))
        code = (
            "import sys; from pathlib import Path; from cnnstudio.data.image_file import read_image\n"
            "try: read_image(Path(sys.argv[1]), (1, 4, 4))\nexcept Exception as error: print(type(error).__name__)"
        )
        path = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        done = subprocess.run(
            [sys.executable, "-c", code, tmp_path / "a.tiff"], env=path, capture_output=True, text=True, timeout=60
        )
        assert (done.stdout, done.stderr) == ("DataError\n", "")
