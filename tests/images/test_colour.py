from __future__ import annotations

import io

import numpy as np
import pytest
from made_pictures import (
    ADOBE_RGB,
    DISPLAY_P3,
    SRGB,
    black_ink_profile,
    encoded,
    grey_profile,
    largest_difference,
    rgb_profile,
    to_srgb_by_formula,
)
from PIL import Image, ImageCms

from photomosaic.errors import PictureError
from photomosaic.images.colour import plain_mode, to_srgb
from photomosaic.images.decode import decode

GAMMA = 2.19921875
WIDE = rgb_profile(ADOBE_RGB, GAMMA, "Made wide RGB")
COLOUR = (100, 150, 200)
IN_SRGB = (66, 151, 203)


def first_pixel(picture, kind="PNG", **options):
    return decode(encoded(picture, kind, **options)).picture.getpixel((0, 0))


def test_the_colours_that_are_expected():
    assert np.rint(to_srgb_by_formula(COLOUR, ADOBE_RGB, GAMMA)).tolist() == [*IN_SRGB]


@pytest.mark.parametrize(
    ("kind", "error"),
    [("PNG", 0), ("TIFF", 0), ("JPEG", 1), ("HEIF", 1), ("WEBP", 5), ("AVIF", 5)],
)
def test_wide_profile_in_every_format(kind, error):
    pixel = first_pixel(Image.new("RGB", (16, 16), COLOUR), kind, icc_profile=WIDE)
    assert largest_difference(pixel, IN_SRGB) <= error


@pytest.mark.parametrize(
    "colour", [(0, 0, 0), (255, 255, 255), (128, 128, 128), (200, 100, 50), (60, 200, 90)]
)
@pytest.mark.parametrize(
    ("primaries", "gamma"), [(ADOBE_RGB, GAMMA), (ADOBE_RGB, 1.0), (SRGB, 1.75)]
)
def test_profile_is_followed(colour, primaries, gamma):
    profile = rgb_profile(primaries, gamma, "Made RGB")
    pixel = first_pixel(Image.new("RGB", (2, 2), colour), icc_profile=profile)
    assert largest_difference(pixel, np.rint(to_srgb_by_formula(colour, primaries, gamma))) <= 1


def test_colours_outside_of_srgb_are_those_closest():
    assert first_pixel(Image.new("RGB", (2, 2), (0, 255, 0)), icc_profile=WIDE) == (0, 255, 0)


def test_palette():
    picture = Image.new("RGB", (2, 2), COLOUR).quantize(2)
    assert first_pixel(picture, icc_profile=WIDE) == IN_SRGB


def test_transparency_is_left_as_it_is():
    picture = Image.new("RGBA", (2, 2), (*COLOUR, 77))
    assert first_pixel(picture, icc_profile=WIDE) == (*IN_SRGB, 77)


@pytest.mark.parametrize("mode", ["L", "I;16"])
def test_grey_profile(mode):
    picture = Image.new(mode, (2, 2), 55 * (257 if mode == "I;16" else 1))
    # Half as bright as white is 188 in sRGB, and 55 of 255 in light is 128.
    assert first_pixel(picture, icc_profile=grey_profile(1.0)) == (128, 128, 128)


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_ink_profile(kind):
    profile = black_ink_profile()
    # L* of 100 - 50.2 is 118 in sRGB; the other inks count for nothing.
    for inks in ((0, 0, 0, 128), (0, 200, 0, 128)):
        pixel = first_pixel(Image.new("CMYK", (16, 16), inks), kind, icc_profile=profile)
        assert largest_difference(pixel, (118, 118, 118)) <= 1
    plain = first_pixel(Image.new("CMYK", (16, 16), (0, 200, 0, 128)), kind)
    assert largest_difference(plain, (127, 27, 127)) <= 1


@pytest.mark.parametrize(
    "profile",
    [
        b"junk",
        bytes(128),
        WIDE[:60],
        WIDE[:200],
        WIDE.replace(b"acsp", b"xxxx"),
        WIDE.replace(b"rXYZ", b"xxxx"),
        WIDE.replace(b"gTRC", b"xxxx"),
    ],
    ids=["text", "zeros", "cut in its head", "cut", "no mark", "no red", "no curve"],
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_damaged_profile_is_ignored(kind, profile):
    pixel = first_pixel(Image.new("RGB", (16, 16), COLOUR), kind, icc_profile=profile)
    assert largest_difference(pixel, COLOUR) <= (1 if kind == "JPEG" else 0)


@pytest.mark.parametrize(
    ("picture", "profile", "expected"),
    [
        (Image.new("RGB", (2, 2), COLOUR), grey_profile(1.0), COLOUR),
        (Image.new("RGB", (2, 2), COLOUR), black_ink_profile(), COLOUR),
        (Image.new("RGBA", (2, 2), (*COLOUR, 9)), grey_profile(1.0), (*COLOUR, 9)),
        (Image.new("L", (2, 2), 55), WIDE, (55, 55, 55)),
        (Image.new("L", (2, 2), 55), black_ink_profile(), (55, 55, 55)),
        (Image.new("CMYK", (2, 2), (100, 50, 0, 0)), WIDE, (155, 205, 255)),
    ],
)
def test_profile_for_other_pixels_is_ignored(picture, profile, expected):
    assert first_pixel(picture, "TIFF", icc_profile=profile) == expected


def test_lab_profile_is_ignored():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert first_pixel(Image.new("RGB", (2, 2), COLOUR), icc_profile=profile) == COLOUR


def test_srgb_profile_changes_nothing():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    every_value = Image.linear_gradient("L").convert("RGB")
    decoded = decode(encoded(every_value, "PNG", icc_profile=profile)).picture
    assert np.array_equal(np.asarray(decoded), np.asarray(every_value))


@pytest.mark.parametrize(("primaries", "gamma"), [(ADOBE_RGB, GAMMA), (SRGB, 1.0)])
def test_profile_that_is_only_called_srgb_is_followed(primaries, gamma):
    profile = rgb_profile(primaries, gamma, "sRGB IEC61966-2.1")
    expected = np.rint(to_srgb_by_formula(COLOUR, primaries, gamma))
    pixel = first_pixel(Image.new("RGB", (2, 2), COLOUR), icc_profile=profile)
    assert largest_difference(pixel, expected) <= 1


def test_no_profile_changes_nothing():
    assert to_srgb(Image.new("RGB", (1, 1), COLOUR), None).getpixel((0, 0)) == COLOUR
    assert to_srgb(Image.new("RGB", (1, 1), COLOUR), b"").getpixel((0, 0)) == COLOUR


@pytest.mark.parametrize(
    ("mode", "plain"),
    [
        *[("1", "L"), ("L", "L"), ("I", "L"), ("I;16", "L"), ("I;16B", "L")],
        *[("P", "RGB"), ("PA", "RGBA"), ("RGB", "RGB"), ("RGBX", "RGB"), ("RGBA", "RGBA")],
        *[("RGBa", "RGBA"), ("CMYK", "CMYK"), ("YCbCr", "RGB"), ("HSV", "RGB")],
    ],
)
def test_plain_modes(mode, plain):
    assert plain_mode(Image.new(mode, (3, 2))).mode == plain
    assert plain_mode(Image.new(mode, (3, 2))).size == (3, 2)


@pytest.mark.parametrize("mode", ["F", "LAB"])
def test_pixels_that_cannot_be_shown(mode):
    with pytest.raises(PictureError, match=f"^pixels of the kind '{mode}' are not supported$"):
        plain_mode(Image.new(mode, (3, 2)))


def test_adobe_rgb_of_a_real_photo(shared_data):
    data = (shared_data / "full" / "formats" / "sample.jpg").read_bytes()
    stored = np.asarray(Image.open(io.BytesIO(data)), float)
    converted = np.asarray(decode(data).picture, float)
    expected = to_srgb_by_formula(stored.reshape(-1, 3), ADOBE_RGB, GAMMA).reshape(stored.shape)
    assert np.abs(converted - expected).max() < 2
    assert np.abs(converted - stored).max() > 10


def test_display_p3_of_a_real_photo(shared_data):
    data = (shared_data / "full" / "formats" / "iphone_7.heic").read_bytes()
    converted = np.asarray(decode(data).picture, float)[1000:1200, 1000:1200]
    # Registered by now, since the picture was decoded.
    stored = np.asarray(Image.open(io.BytesIO(data)), float)[1000:1200, 1000:1200]
    expected = to_srgb_by_formula(stored.reshape(-1, 3), DISPLAY_P3).reshape(stored.shape)
    assert np.abs(converted - expected).max() < 2
    assert np.abs(converted - stored).max() > 4


def test_profile_in_several_pieces_of_a_real_photo(shared_data):
    data = (shared_data / "full" / "formats" / "Multiple ICC segments.jpg").read_bytes()
    assert data.count(b"ICC_PROFILE\0") > 1
    picture = Image.open(io.BytesIO(data))
    swop = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
    expected = ImageCms.profileToProfile(
        picture,
        swop,
        ImageCms.createProfile("sRGB"),
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        "RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    converted = np.asarray(decode(data).picture, int)
    assert np.abs(converted - np.asarray(expected, int)).max() == 0
    assert np.abs(converted - np.asarray(picture.convert("RGB"), int)).max() > 30
