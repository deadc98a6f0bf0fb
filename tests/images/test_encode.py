from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from made_pictures import noise
from PIL import Image

from photomosaic import __version__
from photomosaic.errors import InputError, OutputError
from photomosaic.files.output_place import prepare_output
from photomosaic.images.decode import decode, is_own_output, read_target
from photomosaic.images.encode import OUTPUT_FORMATS, output_format, write_picture

LIMITS = {
    ".jpg": 65_500,
    ".jpeg": 65_500,
    ".png": 1_000_000,
    ".webp": 16_383,
    ".tif": 1_000_000,
    ".tiff": 1_000_000,
}
EVERY_SUFFIX = [*LIMITS, ".avif"]
LOSSLESS = (".png", ".tif", ".tiff")
NAMES = {".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF"}
NAMES |= {".png": "PNG", ".webp": "WEBP", ".avif": "AVIF"}

# Those that tell only where and how the pixels lie in a TIFF.
LAYOUT_TAGS = {256, 257, 258, 259, 262, 273, 277, 278, 279, 284}
SOFTWARE = 305


def four_colours(height=40, width=60):
    picture = np.empty((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = (200, 30, 10)
    picture[: height // 2, width // 2 :] = (20, 180, 60)
    picture[height // 2 :, : width // 2] = (40, 50, 220)
    picture[height // 2 :, width // 2 :] = (250, 250, 250)
    return picture


def test_formats_are_those_of_the_readme():
    assert set(OUTPUT_FORMATS) == set(EVERY_SUFFIX)


@pytest.mark.parametrize("suffix", [*EVERY_SUFFIX, ".JPG", ".Png", ".AVIF"])
def test_round_trip(tmp_path, suffix):
    path = tmp_path / f"mosaic{suffix}"
    picture = four_colours()
    before = picture.copy()
    write_picture(picture, path)
    read = read_target(path)
    assert read.shape == picture.shape
    difference = np.abs(read.astype(int) - picture)
    if suffix in LOSSLESS:
        assert difference.max() == 0
    # WebP halves the colour resolution, which shows where the colours meet.
    assert difference.mean() < (4 if suffix == ".webp" else 2)
    for row, col in ((5, 5), (5, 50), (30, 5), (30, 50)):
        assert difference[row, col].max() <= 4
    assert np.array_equal(picture, before)
    with Image.open(path) as opened:
        assert opened.format == NAMES[suffix.lower()]


@pytest.mark.parametrize("suffix", EVERY_SUFFIX)
def test_small_colours_keep_their_places(tmp_path, suffix):
    # Red and blue stripes of one pixel would turn grey at half the colour resolution.
    picture = np.zeros((32, 32, 3), np.uint8)
    picture[:, ::2] = (0, 0, 220)
    picture[:, 1::2] = (220, 0, 0)
    write_picture(picture, tmp_path / f"stripes{suffix}")
    read = read_target(tmp_path / f"stripes{suffix}").astype(int)
    difference = np.abs(read - picture).mean()
    # WebP knows half the colour resolution only.
    assert difference < 8 or suffix == ".webp"


@pytest.mark.parametrize("suffix", EVERY_SUFFIX)
def test_one_pixel(tmp_path, suffix):
    write_picture(np.full((1, 1, 3), 90, np.uint8), tmp_path / f"dot{suffix}")
    assert np.abs(read_target(tmp_path / f"dot{suffix}").astype(int) - 90).max() <= 2


@pytest.mark.parametrize("suffix", EVERY_SUFFIX)
def test_own_output_is_known(tmp_path, suffix):
    path = tmp_path / f"mosaic{suffix}"
    write_picture(four_colours(), path)
    assert is_own_output(path.read_bytes())
    assert decode(path.read_bytes()).own_output
    assert decode(path.read_bytes(), (8, 8)).own_output


@pytest.mark.parametrize("suffix", EVERY_SUFFIX)
def test_no_metadata_but_the_software(tmp_path, suffix):
    path = tmp_path / f"mosaic{suffix}"
    write_picture(four_colours(), path)
    with Image.open(path) as picture:
        tags = picture.getexif()
        assert tags[SOFTWARE] == f"photomosaic {__version__}"
        assert set(tags) - {SOFTWARE} <= (LAYOUT_TAGS if NAMES[suffix] == "TIFF" else set())
        assert not any(tags.get_ifd(ifd) for ifd in (0x8769, 0x8825, 0xA005))
        assert {"icc_profile", "xmp", "comment", "photoshop"}.isdisjoint(picture.info)
        assert not getattr(picture, "text", {})


@pytest.mark.parametrize("suffix", EVERY_SUFFIX)
def test_same_picture_same_bytes(tmp_path, suffix):
    picture = np.kron(noise(8, 8), np.ones((32, 32, 1), np.uint8))
    written = []
    for name in ("one", "other"):
        write_picture(picture, tmp_path / f"{name}{suffix}")
        written.append((tmp_path / f"{name}{suffix}").read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize("name", ["mosaic", ".png", "mosaic.", "a.b/mosaic"])
def test_missing_extension(tmp_path, name):
    path = tmp_path / name
    known = "jpg, jpeg, png, webp, tif, tiff, avif"
    with pytest.raises(InputError, match=rf"{name}: needs an extension .*: {known}$"):
        output_format(path, (10, 10))
    with pytest.raises(InputError):
        write_picture(four_colours(), path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["mosaic.gif", "mosaic.heic", "mosaic.mp4", "a.png.txt", "a.jp g"])
def test_unknown_extension(tmp_path, name):
    path = tmp_path / name
    suffix = path.suffix
    with pytest.raises(
        InputError, match=rf"{name}: pictures cannot be written as \{suffix}; known"
    ):
        output_format(path, (10, 10))
    with pytest.raises(InputError):
        write_picture(four_colours(), path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("suffix", "limit"), LIMITS.items())
def test_size_beyond_the_format(suffix, limit):
    path = Path(f"mosaic{suffix}")
    assert output_format(path, (limit, limit)).name == NAMES[suffix]
    for size in ((limit + 1, 1), (1, limit + 1)):
        reason = f"at most {limit} pixels a side, and the mosaic has {size[1]}x{size[0]};"
        with pytest.raises(InputError, match=rf"^mosaic\{suffix}: {NAMES[suffix]} holds {reason}"):
            output_format(path, size)


@pytest.mark.parametrize(("suffix", "limit"), LIMITS.items())
def test_largest_size_can_be_written_and_read(tmp_path, suffix, limit):
    path = tmp_path / f"mosaic{suffix}"
    for shape in ((1, limit, 3), (limit, 1, 3)):
        write_picture(np.full(shape, 90, np.uint8), path)
        read = read_target(path)
        assert read.shape == shape
        assert np.abs(read.astype(int) - 90).max() <= 2


@pytest.mark.parametrize("name", ["a b%d.png", "-x.png", "'\".png", "写真\n.png", b"\xe9\xff.png"])
def test_any_name_works(tmp_path, name):
    path = tmp_path / os.fsdecode(name)
    prepare_output(path)
    write_picture(four_colours(), path)
    assert np.array_equal(read_target(path), four_colours())
    assert list(tmp_path.iterdir()) == [path]


def test_writing_into_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(OutputError, match=r"/none/a\.png: could not be written: No such file"):
        write_picture(four_colours(), tmp_path / "none" / "a.png")


def test_interrupted_picture_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "mosaic.png"
    write_picture(four_colours(), path)
    old = path.read_bytes()

    def interrupted(_, file, *__, **___):
        file.write(b"half of it")
        raise KeyboardInterrupt

    monkeypatch.setattr(Image.Image, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_picture(four_colours(20, 20), path)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_permissions_are_those_of_any_new_file(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        write_picture(four_colours(), tmp_path / "a.png")
    finally:
        os.umask(before)
    assert (tmp_path / "a.png").stat().st_mode & 0o777 == mode
