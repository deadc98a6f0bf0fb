from __future__ import annotations

import struct

import numpy as np
import pytest
from made_pictures import (
    SIDEWAYS,
    SRGB,
    UPRIGHT,
    corner_names,
    encoded,
    exif,
    grey_profile,
    largest_difference,
    noise,
    png,
    quarters,
    rgb_profile,
    to_srgb_by_formula,
)
from PIL import Image

from photomosaic.errors import InputError, PictureError
from photomosaic.files.output_place import prepare_output
from photomosaic.images.crop import to_tile
from photomosaic.images.decode import decode, read_target
from photomosaic.images.encode import OUTPUT_FORMATS, write_picture
from photomosaic.images.listing import list_photos
from photomosaic.images.thumbnail import make_thumbnail, read_thumbnail


@pytest.mark.parametrize("covers", [None, (8, 16)])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_orientation_of_tiff(orientation, covers):
    decoded = decode(encoded(quarters(), "TIFF", exif=exif(orientation=orientation)), covers)
    sideways = orientation in SIDEWAYS
    assert corner_names(decoded.picture) == UPRIGHT[orientation]
    assert (decoded.width, decoded.height) == ((32, 64) if sideways else (64, 32))
    if covers:
        assert decoded.picture.size == ((8, 16) if sideways else (16, 8))


@pytest.mark.parametrize("tags", [{}, {"software": "GIMP"}])
@pytest.mark.parametrize("covers", [None, (8, 16)])
def test_damaged_png_is_not_shown_in_part(covers, tags):
    options = {"exif": exif(**tags)} if tags else {}
    data = bytearray(encoded(Image.fromarray(noise(60, 80)).resize((320, 240)), "PNG", **options))
    middle = len(data) // 2
    data[middle : middle + 50] = bytes(50)
    with pytest.raises(PictureError, match=r"^damaged"):
        decode(bytes(data), covers)


def test_profile_of_linear_srgb_is_followed():
    # GIMP puts a profile of this name into the pictures that it edits in linear light.
    profile = rgb_profile(SRGB, 1.0, "GIMP built-in Linear sRGB")
    picture = Image.new("RGB", (2, 2), (55, 55, 128))
    pixel = decode(encoded(picture, "PNG", icc_profile=profile)).picture.getpixel((0, 0))
    assert largest_difference(pixel, to_srgb_by_formula((55, 55, 128), SRGB, 1.0).round()) <= 1


def test_grey_profile_of_a_picture_with_transparency():
    picture = Image.new("LA", (2, 2), (55, 77))
    decoded = decode(encoded(picture, "PNG", icc_profile=grey_profile(1.0))).picture
    assert decoded.getpixel((0, 0)) == (128, 128, 128, 77)


def test_transparent_value_of_grey_with_16_bits():
    row = struct.pack(">2H", 257 * 9, 257 * 99)
    data = png((2, 1), 16, 0, [row], (b"tRNS", struct.pack(">H", 257 * 9)))
    decoded = decode(data).picture
    assert decoded.mode == "RGBA"
    assert decoded.getchannel("A").tobytes() == b"\0\xff"
    assert decoded.getpixel((1, 0)) == (99, 99, 99, 255)


def test_colour_beside_transparency_is_kept_when_enlarged():
    photo = np.zeros((4, 4, 4), np.uint8)
    photo[:, :2] = (30, 90, 200, 255)
    tile = to_tile(photo, 16, 16, "stretch").astype(int)
    shown = tile[tile[..., 3] > 16]
    assert np.abs(shown[:, :3] - (30, 90, 200)).max() <= 4


@pytest.mark.parametrize("size", [(66_000, 8), (8, 66_000), (70_000, 200)])
def test_thumbnail_of_a_very_long_picture(size):
    thumbnail = make_thumbnail(encoded(Image.new("L", size, 99), "PNG", compress_level=1))
    assert (thumbnail.width, thumbnail.height) == size
    assert np.abs(read_thumbnail(thumbnail.encoded).astype(int) - 99).max() <= 2


@pytest.mark.parametrize(
    "profile",
    [
        rgb_profile(SRGB, 1.75, "Made RGB"),
        rgb_profile(SRGB, 2.2, "sRGB"),
        grey_profile(1.0),
        b"junk",
    ],
    ids=["used", "sRGB", "for other pixels", "damaged"],
)
def test_thumbnail_with_transparency_has_no_metadata(profile):
    picture = Image.new("RGBA", (64, 64), (10, 20, 200, 99))
    with_profile = make_thumbnail(encoded(picture, "PNG", icc_profile=profile)).encoded
    # A profile would also hold the time at which it was made, so that no two were alike.
    assert b"iCCP" not in with_profile


@pytest.mark.parametrize("suffix", [".avif"])
def test_largest_size_can_be_written_and_read(tmp_path, suffix):
    path = tmp_path / f"mosaic{suffix}"
    limit = OUTPUT_FORMATS[suffix].longest_side
    for shape in ((1, limit, 3), (limit, 1, 3)):
        write_picture(np.full(shape, 90, np.uint8), path)
        assert read_target(path).shape == shape


@pytest.mark.parametrize("use", [prepare_output, read_target])
def test_name_that_is_too_long(tmp_path, use):
    with pytest.raises(InputError, match=r"xxx\.png: .*: File name too long$"):
        use(tmp_path / ("x" * 300 + ".png"))


@pytest.mark.parametrize("text", [b"BMX bikes to sell: none", b"BM"])
def test_text_is_no_bitmap(tmp_path, text):
    (tmp_path / "notes").write_bytes(text)
    assert list_photos(tmp_path).photos == []
