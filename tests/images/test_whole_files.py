"""Files that are whole, though a decoder stumbles over them; and how they are to be turned."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from made_pictures import (
    ADOBE_RGB,
    UPRIGHT,
    corner_names,
    encoded,
    exif,
    largest_difference,
    noise,
    png_chunk,
    quarters,
    rgb_profile,
    to_srgb_by_formula,
)
from PIL import Image

from photomosaic.errors import InputError, PictureError
from photomosaic.images.decode import decode, read_target

PHOTO = Image.fromarray(noise(12, 16)).resize((160, 120), Image.Resampling.BICUBIC)
TRAILER = b"\xff\x19\0\0\1\n\r\0\0\0Image_UTC_Data1558000000000" + bytes(3000) + b"SEFT"
TURNED_BY_XMP = b'<r xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'


def with_chunk(name, body):
    data = encoded(quarters(), "PNG")
    return data[:33] + png_chunk(name, body) + data[33:]


LARGE = b"x" * 3_000_000
LARGE_TEXTS = {
    "tEXt": (b"tEXt", b"prompt\0" + LARGE),
    "zTXt": (b"zTXt", b"workflow\0\0" + zlib.compress(LARGE)),
    "iTXt": (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(LARGE)),
    "plain iTXt": (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + LARGE),
    "damaged zTXt": (b"zTXt", b"workflow\0\0" + zlib.compress(LARGE)[:-9] + bytes(5)),
}


@pytest.mark.parametrize("chunk", LARGE_TEXTS.values(), ids=LARGE_TEXTS.keys())
def test_png_with_a_large_text(chunk):
    assert corner_names(decode(with_chunk(*chunk)).picture) == "RGBY"


def test_png_with_many_texts():
    many = 70 * png_chunk(b"zTXt", b"n\0\0" + zlib.compress(LARGE[: 1 << 20]))
    data = encoded(quarters(), "PNG", exif=exif(orientation=6))
    assert corner_names(decode(data[:33] + many + data[33:]).picture) == UPRIGHT[6]


def test_png_with_a_large_profile_keeps_its_colours():
    profile = rgb_profile(ADOBE_RGB, 2.2, "x" * 2_000_000)
    picture = Image.new("RGB", (4, 4), (60, 200, 90))
    data = encoded(picture, "PNG")
    data = data[:33] + png_chunk(b"iCCP", b"wide\0\0" + zlib.compress(profile)) + data[33:]
    pixel = decode(data).picture.getpixel((0, 0))
    assert largest_difference(pixel, to_srgb_by_formula((60, 200, 90), ADOBE_RGB, 2.2)) <= 3


JPEGS = {
    "baseline": {},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_rows": 1},
    "optimized": {"optimize": True},
}


@pytest.mark.parametrize("covers", [None, (8, 8)])
@pytest.mark.parametrize("options", JPEGS.values(), ids=JPEGS.keys())
@pytest.mark.parametrize(
    "end", [b"", b"\xff", TRAILER, bytes(900), b"SEFH text of a maker" * 9], ids=repr
)
def test_jpeg_without_its_last_marker(end, options, covers):
    data = encoded(PHOTO, "JPEG", **options)
    whole = np.asarray(decode(data, covers).picture)
    assert np.array_equal(np.asarray(decode(data[:-2] + end, covers).picture), whole)


@pytest.mark.parametrize("options", JPEGS.values(), ids=JPEGS.keys())
@pytest.mark.parametrize("share", [0.3, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("end", [b"", TRAILER], ids=["cut", "trailer"])
def test_jpeg_that_lacks_pixels_is_refused(share, options, end):
    data = encoded(PHOTO, "JPEG", **options)
    with pytest.raises(PictureError, match=r"^damaged"):
        decode(data[: int(share * len(data))] + end)


def test_damage_in_the_middle_is_not_taken_for_a_missing_end():
    data = bytearray(encoded(PHOTO, "JPEG"))
    middle = len(data) // 2
    data[middle : middle + 4] = b"\xff\x19\xff\x19"
    with pytest.raises(PictureError, match=r"^damaged"):
        decode(bytes(data))


TYPES = {
    "SHORT": (3, "H", 6),
    "LONG": (4, "I", 6),
    "BYTE": (1, "B", 6),
    "ASCII": (2, "2s", b"6\0"),
    "SBYTE": (6, "b", 6),
    "UNDEFINED": (7, "B", 6),
    "SSHORT": (8, "h", 6),
    "SLONG": (9, "i", 6),
    "FLOAT": (11, "f", 6.0),
}


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("number", "form", "value"), TYPES.values(), ids=TYPES.keys())
def test_orientation_of_an_odd_type(number, form, value, order):
    stored = struct.pack(order + form, value)
    count = 2 if number == 2 else 1
    start = b"Exif\0\0" + (b"II*\0" if order == "<" else b"MM\0*")
    tags = struct.pack(f"{order}IHHHI", 8, 1, 0x112, number, count) + stored.ljust(4, b"\0")
    for kind in ("JPEG", "PNG", "WEBP"):
        data = encoded(quarters(), kind, exif=start + tags + bytes(4))
        assert corner_names(decode(data).picture) == UPRIGHT[6], kind


@pytest.mark.parametrize(("dtype", "value"), [("H", 6), ("I", 6), ("B", 6), ("s", "6")])
def test_orientation_of_tiff_of_an_odd_type(dtype, value):
    file = io.BytesIO()
    tag = (274, dtype, 0 if dtype == "s" else 1, value, True)
    tifffile.imwrite(file, np.asarray(quarters()), metadata=None, extratags=[tag])
    decoded = decode(file.getvalue())
    assert corner_names(decoded.picture) == UPRIGHT[6]
    assert (decoded.width, decoded.height) == (32, 64)


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
def test_heif_and_avif_are_turned_by_their_boxes_only(kind):
    turned = encoded(quarters(), kind, exif=exif(orientation=6), xmp=TURNED_BY_XMP)
    assert corner_names(decode(turned).picture) == UPRIGHT[6]
    assert turned.count(b"irot\3") == 1
    assert corner_names(decode(turned.replace(b"irot\3", b"irot\0")).picture) == "RGBY"


def test_avif_whose_xmp_alone_tells_an_orientation():
    data = encoded(quarters(), "AVIF", xmp=TURNED_BY_XMP)
    assert corner_names(decode(data).picture) == "RGBY"


@pytest.mark.parametrize("covers", [None, (8, 8)])
@pytest.mark.parametrize(("alpha", "mode"), [(0, "RGB"), (255, "RGB"), (99, "RGBA")])
def test_bitmap_whose_alpha_is_zero_everywhere_is_opaque(alpha, mode, covers):
    pixels = np.full((16, 24, 4), (30, 90, 200, alpha), np.uint8)
    head = struct.pack("<IiiHHIIiiII", 124, 24, 16, 1, 32, 3, pixels.nbytes, 0, 0, 0, 0)
    head += struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + b"BGRs"
    start = b"BM" + struct.pack("<IHHI", 138 + pixels.nbytes, 0, 0, 138)
    picture = decode(start + head.ljust(124, b"\0") + pixels.tobytes(), covers).picture
    assert picture.mode == mode
    assert picture.getpixel((0, 0))[:3] == (200, 90, 30)


def test_gif_frame_smaller_than_its_canvas():
    data = bytearray(encoded(Image.new("RGB", (8, 6), (9, 99, 199)).quantize(4), "GIF"))
    data[6:10] = struct.pack("<HH", 40, 30)
    at = data.index(b",\0\0\0\0\x08\0\x06\0")
    data[at + 1 : at + 5] = struct.pack("<HH", 10, 5)
    picture = decode(bytes(data)).picture
    assert picture.size == (40, 30)
    assert picture.getchannel("A").getbbox() == (10, 5, 18, 11)
    assert picture.getpixel((12, 7)) == (9, 99, 199, 255)


def test_a_film_as_target_is_not_read_beyond_its_head(tmp_path):
    film = tmp_path / "film.mp4"
    with film.open("wb") as file:
        file.write(b"\0\0\0\x18ftypisom\0\0\2\0isomiso2\0\0\0\x08mdat")
        file.truncate(1 << 40)
    with pytest.raises(InputError, match=r"is a video; video\.py"):
        read_target(film)
    film.write_bytes(b"")
    with film.open("wb") as file:
        file.write(encoded(quarters(), "JPEG")[:200])
        file.truncate((1 << 30) + 99)
    with pytest.raises(InputError, match="larger than 1,024 MB"):
        read_target(film)
