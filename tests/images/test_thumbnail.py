from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_pictures import (
    ADOBE_RGB,
    FORMATS,
    MP4,
    corner_names,
    encoded,
    exif,
    largest_difference,
    noise,
    quarters,
    rgb_profile,
)
from PIL import Image

from photomosaic.errors import PictureError
from photomosaic.images.thumbnail import make_thumbnail, read_thumbnail


def opened(thumbnail):
    return Image.open(io.BytesIO(thumbnail.encoded))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4000, 3000), (320, 240)),
        ((3000, 4000), (240, 320)),
        ((1000, 1000), (320, 320)),
        ((1000, 600), (320, 192)),
        ((1600, 900), (341, 192)),
        ((5000, 500), (1920, 192)),
        ((500, 5000), (192, 1920)),
        ((320, 192), (320, 192)),
        ((321, 193), (320, 192)),
        ((400, 190), (400, 190)),
        ((300, 300), (300, 300)),
        ((64, 32), (64, 32)),
        ((3000, 5), (3000, 5)),
        ((1, 1), (1, 1)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_size(kind, size, expected):
    thumbnail = make_thumbnail(encoded(Image.new("RGB", size, (9, 99, 199)), kind))
    assert opened(thumbnail).size == expected
    assert (thumbnail.width, thumbnail.height) == size


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 1200), st.integers(1, 1200))
def test_smallest_that_is_large_enough_and_never_enlarged(width, height):
    made = opened(make_thumbnail(encoded(Image.new("L", (width, height)), "PNG")))
    shorter, longer = sorted((width, height))
    short, long = sorted(made.size)
    assert short <= shorter
    assert long <= longer
    if short < shorter or long < longer:
        assert (short == 192 and long >= 320) or (short >= 192 and long == 320)
    else:
        assert shorter <= 192 or longer <= 320
    assert abs(made.width / width - made.height / height) <= 1 / min(width, height)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format(kind):
    thumbnail = make_thumbnail(encoded(quarters((800, 600)), kind))
    made = opened(thumbnail)
    assert (made.format, made.mode, made.size) == ("JPEG", "RGB", (320, 240))
    assert corner_names(made) == "RGBY"
    assert (thumbnail.width, thumbnail.height) == (800, 600)
    assert not thumbnail.own_output


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_original_size_is_upright(kind):
    data = encoded(quarters((800, 600)), kind, exif=exif(orientation=6))
    thumbnail = make_thumbnail(data)
    assert (thumbnail.width, thumbnail.height) == (600, 800)
    assert opened(thumbnail).size == (240, 320)
    assert corner_names(opened(thumbnail)) == "BRYG"


def test_looks_like_the_original():
    picture = Image.fromarray(noise(6, 8)).resize((1600, 1200), Image.Resampling.BICUBIC)
    pixels = read_thumbnail(make_thumbnail(encoded(picture, "JPEG")).encoded)
    expected = np.asarray(picture.resize((320, 240), Image.Resampling.BOX), int)[..., ::-1]
    assert np.abs(pixels - expected).mean() < 2


def test_fine_colours_survive():
    # Stripes of one pixel would turn grey at half the colour resolution; the rest is noise.
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2], stripes[:, 1::2] = (220, 0, 0), (0, 0, 220)
    for pixels, error in ((stripes, 2), (noise(64, 64), 8)):
        thumbnail = make_thumbnail(encoded(Image.fromarray(pixels), "PNG"))
        difference = read_thumbnail(thumbnail.encoded).astype(int) - pixels[..., ::-1]
        assert np.abs(difference).mean() < error


def test_no_metadata():
    profile = rgb_profile(ADOBE_RGB, 2.2, "Made wide RGB")
    tags = exif(orientation=3, software="GIMP")
    made = opened(make_thumbnail(encoded(quarters(), "JPEG", exif=tags, icc_profile=profile)))
    assert set(made.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_colours_are_srgb():
    profile = rgb_profile(ADOBE_RGB, 2.19921875, "Made wide RGB")
    data = encoded(Image.new("RGB", (400, 400), (100, 150, 200)), "PNG", icc_profile=profile)
    pixels = read_thumbnail(make_thumbnail(data).encoded)
    assert largest_difference(pixels[0, 0], (203, 151, 66)) <= 2


def test_transparency_is_kept_in_a_png():
    picture = Image.new("RGBA", (640, 480), (10, 20, 200, 255))
    picture.paste((0, 255, 0, 0), (320, 0, 640, 480))
    thumbnail = make_thumbnail(encoded(picture, "PNG"))
    assert opened(thumbnail).format == "PNG"
    pixels = read_thumbnail(thumbnail.encoded)
    assert pixels.shape == (240, 320, 4)
    assert pixels[:, :158].reshape(-1, 4).tolist() == [[200, 20, 10, 255]] * (240 * 158)
    assert pixels[:, 162:, 3].max() == 0
    shown = pixels[pixels[..., 3] > 16].astype(int)
    assert np.abs(shown[:, :3] - (200, 20, 10)).max() <= 8


def test_transparency_that_is_not_used_is_dropped():
    picture = Image.new("RGBA", (64, 64), (10, 20, 200, 255))
    assert opened(make_thumbnail(encoded(picture, "PNG"))).format == "JPEG"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_own_output(kind):
    data = encoded(quarters(), kind, exif=exif(software="photomosaic 0.1.0"))
    assert make_thumbnail(data).own_output


def test_same_photo_same_bytes():
    data = encoded(quarters((800, 600)), "JPEG")
    assert make_thumbnail(data) == make_thumbnail(data)


def test_blue_comes_first():
    encoded_png = encoded(Image.new("RGB", (2, 1), (1, 2, 3)), "PNG")
    assert read_thumbnail(encoded_png).tolist() == [[[3, 2, 1], [3, 2, 1]]]


@pytest.mark.parametrize("data", [b"", b"text", MP4, encoded(quarters(), "JPEG")[:300]])
def test_no_picture(data):
    with pytest.raises(PictureError):
        make_thumbnail(data)


@pytest.mark.parametrize("damaged", [b"junk", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"])
def test_damaged_thumbnail(damaged):
    with pytest.raises(ValueError, match=r"^a damaged thumbnail$"):
        read_thumbnail(damaged)
