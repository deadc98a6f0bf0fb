from __future__ import annotations

import io
import struct

import numpy as np
import pillow_heif
import pytest
from made_pictures import (
    ADOBE_RGB,
    BT2020,
    CORNERS,
    DISPLAY_P3,
    ROMM_RGB,
    SRGB,
    corner_names,
    encoded,
    largest_difference,
    png,
    pq_of_nits,
    quarters,
    rgb_profile,
    srgb_of_nits,
    to_srgb_by_formula,
)
from PIL import Image

from photomosaic.errors import PictureError
from photomosaic.images import deep as deep_pictures
from photomosaic.images.decode import decode

COLOUR = (100, 150, 200)
FLAT = Image.new("RGB", (16, 16), COLOUR)
WIDE = rgb_profile(ADOBE_RGB, 563 / 256, "Made wide RGB")
IN_SRGB = np.rint(to_srgb_by_formula(COLOUR, ADOBE_RGB, 563 / 256))
P3_IN_SRGB = to_srgb_by_formula(COLOUR, DISPLAY_P3)
BT709, P3, BT2020_CODE = 1, 12, 9
SRGB_CURVE, BT709_CURVE, PQ, HLG = 13, 1, 16, 18


def assert_shown_as(data, expected, error=1):
    pixel = decode(data).picture.getpixel((8, 8))
    assert largest_difference(pixel[:3], np.rint(expected)) <= error


def png_with(*chunks, colour=COLOUR):
    return png((16, 16), 8, 2, [bytes(colour) * 16] * 16, *chunks)


def cicp(*codes):
    return b"cICP", bytes([*codes, 0, 1])


def fixed(*values):
    return struct.pack(f">{len(values)}I", *(round(100_000 * value) for value in values))


def heic(picture, primaries, transfer, name=b"nclx", mode=None, size=(16, 16)):
    """Return a HEIC file; with another name than nclx its box is hidden from readers."""
    codes = {"color_primaries": primaries, "transfer_characteristics": transfer}
    codes |= {"matrix_coefficients": 9 if primaries == BT2020_CODE else 6, "full_range_flag": 1}
    if mode is None:
        data = encoded(picture, "HEIF", **codes)
    else:
        buffer = io.BytesIO()
        made = pillow_heif.from_bytes(mode=mode, size=size, data=picture.tobytes())
        made.save(buffer, quality=100, chroma=444, **codes)
        data = buffer.getvalue()
    return data.replace(b"colrnclx", b"colrnclx" if name == b"nclx" else b"freenclx")


def avif(picture, primaries, transfer, **options):
    data = encoded(picture, "AVIF", subsampling="4:4:4", **options)
    at = data.index(b"colrnclx") + 8
    # The matrix stays BT.601's, by which the pixels are stored.
    return data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]


def jpeg2000(*boxes):
    """Return a JPEG 2000 file whose colours are told by these contents of "colr" boxes."""
    data = encoded(FLAT, "JPEG2000")
    at, header = data.index(b"colr") - 4, data.index(b"jp2h") - 4
    length = struct.unpack_from(">I", data, at)[0]
    made = b"".join(struct.pack(">I4s", 8 + len(box), b"colr") + box for box in boxes)
    total = struct.unpack_from(">I", data, header)[0] - length + len(made)
    head = data[:header] + struct.pack(">I", total) + data[header + 4 : at]
    return head + made + data[at + length :]


def bitmap(kind, profile=b""):
    pixels = bytes(COLOUR[::-1]) * 256
    head = struct.pack("<IiiHHIIiiII", 124, 16, 16, 1, 24, 0, len(pixels), 0, 0, 0, 0)
    head += bytes(16) + kind + bytes(48)
    head += struct.pack("<IIII", 4, 124 + len(pixels), len(profile), 0)
    size = 14 + len(head) + len(pixels) + len(profile)
    return b"BM" + struct.pack("<IHHI", size, 0, 0, 138) + head + pixels + profile


def with_exif(kind="JPEG", index=None, space=None, **options):
    exif = Image.Exif()
    details = exif.get_ifd(0x8769)
    if space is not None:
        details[0xA001] = space
    if index is not None:
        details[0xA005] = {1: index}
    for tag, value in options.pop("tags", {}).items():
        exif[tag] = value
    if "gamma" in options:
        details[0xA500] = options.pop("gamma")
    more = {"subsampling": 0} if kind == "JPEG" else {}
    return encoded(FLAT, kind, exif=exif.tobytes(), **more, **options)


@pytest.mark.parametrize("make", [avif, heic])
@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((BT709, SRGB_CURVE), COLOUR),
        ((2, 2), COLOUR),
        ((P3, SRGB_CURVE), P3_IN_SRGB),
        ((P3, 2), P3_IN_SRGB),
        ((BT2020_CODE, SRGB_CURVE), to_srgb_by_formula(COLOUR, BT2020)),
        ((BT2020_CODE, 14), to_srgb_by_formula(COLOUR, BT2020)),
        ((BT709, BT709_CURVE), COLOUR),
        ((BT709, 4), to_srgb_by_formula(COLOUR, SRGB, 2.2)),
    ],
)
def test_codes_of_avif_and_heic(make, codes, expected):
    assert_shown_as(make(FLAT, *codes), expected, 2)


def test_codes_of_no_meaning_are_ignored():
    assert_shown_as(avif(FLAT, 99, SRGB_CURVE), COLOUR, 2)
    assert_shown_as(avif(FLAT, P3, 0), COLOUR, 2)
    assert_shown_as(png_with(cicp(P3)), COLOUR)
    assert_shown_as(png_with((b"cICP", b"\0")), COLOUR)
    assert_shown_as(png_with((b"cICP", bytes([P3, SRGB_CURVE, 0, 0]))), COLOUR)


def test_codes_that_only_the_compressed_pixels_tell():
    assert_shown_as(heic(FLAT, P3, SRGB_CURVE, name=b"none"), P3_IN_SRGB, 2)


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([cicp(P3, SRGB_CURVE)], P3_IN_SRGB),
        # BT.1886, as browsers show it.
        ([cicp(BT709, BT709_CURVE)], to_srgb_by_formula(COLOUR, SRGB, 2.4)),
        ([(b"sRGB", b"\0"), cicp(P3, SRGB_CURVE)], P3_IN_SRGB),
        ([(b"gAMA", fixed(1.0))], to_srgb_by_formula(COLOUR, SRGB, 1.0)),
        ([(b"gAMA", fixed(1 / 1.8))], to_srgb_by_formula(COLOUR, SRGB, 1.8)),
        ([(b"gAMA", fixed(1 / 2.2))], COLOUR),
        ([(b"sRGB", b"\0"), (b"gAMA", fixed(1.0))], COLOUR),
        (
            [
                (b"gAMA", fixed(256 / 563)),
                (b"cHRM", fixed(0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)),
            ],
            IN_SRGB,
        ),
        ([(b"cHRM", fixed(0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06))], COLOUR),
        ([(b"gAMA", fixed(0.5)), (b"cHRM", fixed(*[0.3] * 8))], COLOUR),
        ([(b"gAMA", fixed(0))], COLOUR),
    ],
)
def test_chunks_of_png(chunks, expected):
    assert_shown_as(png_with(*chunks), expected)


def test_gamma_of_a_grey_png_of_16_bits_keeps_dark_levels():
    # A hundredth of white is 25 in sRGB; of its 8 bits, 2 or 3 would be left, which are 22 or 28.
    dark = struct.pack(">H", 655) * 16
    assert_shown_as(png((16, 16), 16, 0, [dark] * 16, (b"gAMA", fixed(1.0))), (25, 25, 25), 0)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"space": 65535, "index": "R03"}, IN_SRGB),
        ({"space": 2}, IN_SRGB),
        ({"space": 2, "gamma": 2.2}, IN_SRGB),
        ({"index": "R03"}, IN_SRGB),
        ({"space": 1, "index": "R98"}, COLOUR),
        ({"space": 65535}, COLOUR),
        ({"space": 65535, "index": "R03", "icc_profile": rgb_profile(SRGB, 1.0, "Linear")},
         to_srgb_by_formula(COLOUR, SRGB, 1.0)),
        ({"space": 65535, "gamma": 1.8, "tags": {0x13E: (0.3127, 0.329),
          0x13F: (0.64, 0.33, 0.3, 0.6, 0.15, 0.06)}}, to_srgb_by_formula(COLOUR, SRGB, 1.8)),
    ],
)  # fmt: skip
def test_exif(options, expected):
    assert_shown_as(with_exif(**options), expected, 2)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_adobe_rgb_by_exif_in_other_formats(kind):
    data = with_exif(kind, space=65535, index="R03")
    if kind == "AVIF":
        # What the file itself says goes first.
        assert_shown_as(data, COLOUR, 3)
        data = data.replace(struct.pack(">HH", 1, 13), struct.pack(">HH", 2, 2))
    assert_shown_as(data, IN_SRGB, 1 if kind == "PNG" else 5)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({319: (0.64, 0.33, 0.21, 0.71, 0.15, 0.06)}, to_srgb_by_formula(COLOUR, ADOBE_RGB, 2.2)),
        ({319: (0.68, 0.32, 0.265, 0.69, 0.15, 0.06)}, P3_IN_SRGB),
        ({319: (0.64, 0.33, 0.3, 0.6, 0.15, 0.06)}, COLOUR),
        ({34665: {0xA001: 2}}, IN_SRGB),
        ({319: (0.0,) * 6}, COLOUR),
        ({319: (0.64, 0.33)}, COLOUR),
        (
            {
                319: (0.64, 0.33, 0.3, 0.6, 0.15, 0.06),
                301: tuple(257 * level for level in range(256)) * 3,
            },
            to_srgb_by_formula(COLOUR, SRGB, 1.0),
        ),
    ],
)
def test_tags_of_tiff(tags, expected):
    tags = {318: (0.3127, 0.329), **tags}
    assert_shown_as(encoded(FLAT, "TIFF", tiffinfo=tags), expected)


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([b"\1\0\0" + struct.pack(">I", 16)], COLOUR),
        ([b"\1\0\0" + struct.pack(">I", 21)], to_srgb_by_formula(COLOUR, ROMM_RGB, 1.8)),
        ([b"\2\0\0" + WIDE], IN_SRGB),
        ([b"\3\0\0" + WIDE], IN_SRGB),
        ([b"\4\0\0abcd", b"\2\0\0" + WIDE], IN_SRGB),
        ([b"\5\0\0" + struct.pack(">HHHB", P3, SRGB_CURVE, 0, 128)], P3_IN_SRGB),
    ],
)
def test_boxes_of_jpeg2000(boxes, expected):
    assert_shown_as(jpeg2000(*boxes), expected)


def test_cielab_in_jpeg2000_is_refused():
    with pytest.raises(PictureError, match="JPEG 2000 with CIELAB colours"):
        decode(jpeg2000(b"\1\0\0" + struct.pack(">I", 14)))


@pytest.mark.parametrize(
    ("kind", "expected"), [(b"DEBM", IN_SRGB), (b"BGRs", COLOUR), (b"KNIL", COLOUR)]
)
def test_profile_of_bmp(kind, expected):
    assert_shown_as(bitmap(kind, WIDE), expected)


NITS = np.array([0, 1, 20, 100, 203, 1000, 4000]).repeat(8)


def deep_rows(values, order):
    return np.rint(np.tile(values[:, np.newaxis], (8, 1, 3)) * 65535).astype(f"{order}u2")


@pytest.mark.parametrize("covers", [None, (2, 2)])
@pytest.mark.parametrize("kind", ["PNG", "HEIF", "AVIF", "ICC"])
def test_white_of_pq_is_white(kind, covers):
    values, error = pq_of_nits(NITS), 3
    if kind == "PNG":
        rows = [row.tobytes() for row in deep_rows(values, ">")]
        data = png((len(values), 8), 16, 2, rows, cicp(BT2020_CODE, PQ))
    elif kind == "HEIF":
        size = (len(values), 8)
        data = heic(deep_rows(values, "<"), 2, PQ, mode="RGB;16", size=size)
    else:
        grey = np.tile(np.rint(255 * values).astype(np.uint8)[:, np.newaxis], (8, 1, 3))
        picture, error = Image.fromarray(grey), 5
        profile = WIDE + b"cicp\0\0\0\0" + bytes([BT2020_CODE, PQ, 0, 1])
        data = avif(picture, BT2020_CODE, PQ)
        data = data if kind == "AVIF" else encoded(picture, "TIFF", icc_profile=profile)
    decoded = decode(data, covers)
    assert (decoded.width, decoded.height) == (len(values), 8)
    if covers is None:
        shown = np.asarray(decoded.picture, float)[4, 4::8]
        np.testing.assert_allclose(shown, srgb_of_nits(NITS[4::8])[:, np.newaxis].repeat(3, 1),
                                   atol=error)  # fmt: skip


def test_hue_of_bright_hdr_is_kept():
    values = pq_of_nits([2030, 1015, 0])
    rows = [np.rint(np.tile(values, 4) * 65535).astype(">u2").tobytes()] * 4
    red, green, blue = decode(png((4, 4), 16, 2, rows, cicp(1, PQ))).picture.getpixel((1, 1))
    # Half of the light is 188 in sRGB.
    assert largest_difference((red, green, blue), (255, 188, 0)) <= 1


def test_hlg():
    # 75 % is white; 50 % is a twelfth of the scene's peak (BT.2100), 1000 * 12 ** -1.2 nits.
    values = np.array([0, 0.5, 0.75]).repeat(8)
    data = heic(deep_rows(values, "<"), BT2020_CODE, HLG, mode="RGB;16", size=(24, 8))
    shown = np.asarray(decode(data).picture, float)[4, 4::8]
    np.testing.assert_allclose(shown[:, 0], srgb_of_nits([0, 1000 * 12**-1.2, 203]), atol=3)


@pytest.mark.parametrize("most_pixels", [10, 10_000])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_hdr_is_upright(monkeypatch, orientation, most_pixels):
    monkeypatch.setattr(deep_pictures, "_MOST_PIXELS", most_pixels)
    exif = Image.Exif()
    exif[0x0112] = orientation
    plain = encoded(quarters(), "AVIF", subsampling="4:4:4", exif=exif.tobytes())
    at = plain.index(b"colrnclx") + 8
    deep = decode(plain[:at] + struct.pack(">HH", 1, PQ) + plain[at + 4 :])
    expected = decode(plain)
    assert (deep.width, deep.height) == (expected.width, expected.height)
    assert corner_names(deep.picture) == corner_names(expected.picture)
    assert set(corner_names(deep.picture)) == set(CORNERS)


def test_transparency_of_hdr():
    values = np.rint(pq_of_nits([100, 100, 100]) * 65535)
    row = np.array([*values, 40000]).astype(">u2").tobytes() * 4
    data = png((4, 4), 16, 6, [row] * 4, cicp(BT2020_CODE, PQ))
    assert decode(data).picture.getpixel((0, 0)) == (186, 186, 186, 156)
