"""Pictures of more than 8 bits a channel, and TIFF files of all layouts."""

from __future__ import annotations

import io
import itertools
import struct

import imagecodecs
import numpy as np
import pytest
import tifffile
from made_pictures import encoded, largest_difference, png, quarters, tiff
from PIL import Image, ImageCms

from photomosaic.errors import PictureError
from photomosaic.images import tiff_pixels
from photomosaic.images.decode import decode

# Four flat areas, so that the right value is known whatever the compression.
COLOURS = np.repeat(
    np.repeat(np.array([[[255, 255, 255], [200, 90, 30]], [[0, 0, 0], [16, 130, 250]]]), 24, 0),
    40,
    1,
)
GREY = COLOURS[..., 1]
OPAQUE = np.full((*GREY.shape, 1), 255)
OPAQUE[:5] = 0


def deep(values, bits):
    top = (1 << bits) - 1
    dtype = np.uint8 if bits <= 8 else np.uint16 if bits <= 16 else np.uint32
    return np.rint(values / 255 * top).astype(dtype)


def written(pixels, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, metadata=None, **options)
    return file.getvalue()


def jpeg2000(pixels, bits, **options):
    return imagecodecs.jpeg2k_encode(pixels, level=0, bitspersample=bits, **options)


def set_tag(data, tag, value):
    """Replace the value of a tag in the first directory of a little-endian TIFF file."""
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    entries = range(start + 2, start + 2 + 12 * count, 12)
    entry = next(at for at in entries if struct.unpack_from("<H", data, at)[0] == tag)
    data[entry : entry + 12] = struct.pack("<HHII", tag, 4, 1, value)


def check(data, expected, tolerance=0):
    """Check RGB, and alpha if there is some, of the whole and of a shrunk picture."""
    expected = np.repeat(expected[..., np.newaxis], 3, 2) if expected.ndim == 2 else expected
    pixels = np.asarray(decode(data).picture, int)
    shown = pixels[..., -1] > 0 if pixels.shape[2] == 4 else np.ones(pixels.shape[:2], bool)
    assert np.abs(pixels[..., :3] - expected[..., :3])[shown].max() <= tolerance
    small = np.asarray(decode(data, (8, 8)).picture, int)
    assert largest_difference(small[-1, -1, :3], expected[-1, -1, :3]) <= tolerance
    return pixels


@pytest.mark.parametrize("form", ["jp2", "j2k"])
@pytest.mark.parametrize("bits", [8, 9, 10, 12, 14, 16])
def test_jpeg2000_of_all_depths(bits, form):
    with_alpha = np.dstack([COLOURS, OPAQUE])
    for values in (COLOURS, GREY, with_alpha, np.dstack([GREY, OPAQUE])):
        data = jpeg2000(deep(values, bits), bits, codecformat=form)
        colours = GREY if values.ndim == 2 or values.shape[2] == 2 else values
        pixels = check(data, colours)
        if values.ndim == 3 and values.shape[2] in (2, 4):
            assert pixels[0, 0, 3] == 0
            assert pixels[20, 0, 3] == 255


@pytest.mark.parametrize("bits", [1, 4, 7])
def test_jpeg2000_of_few_bits(bits):
    values = np.rint(COLOURS / 255 * ((1 << bits) - 1)) / ((1 << bits) - 1) * 255
    check(jpeg2000(deep(values, bits), bits), values, 1)


def test_jpeg2000_of_signed_values():
    values = (deep(COLOURS, 12).astype(int) - 2048).astype(np.int16)
    check(jpeg2000(values, 12), COLOURS)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.98])
def test_deep_jpeg2000_that_is_cut_off(share):
    rng = np.random.default_rng(1)
    data = jpeg2000(rng.integers(0, 4096, (64, 64, 3), dtype=np.uint16), 12)
    with pytest.raises(PictureError, match=r"^damaged"):
        decode(data[: int(share * len(data))])


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("compression", "predictor"), [(None, 0), ("lzw", 2), ("zlib", 2)])
def test_tiff_of_16_bits_in_all_layouts(order, compression, predictor):
    how = {"byteorder": order, "compression": compression, "predictor": predictor or None}
    rgb, grey = deep(COLOURS, 16), deep(GREY, 16)
    planes = np.moveaxis(rgb, 2, 0)
    check(written(rgb, photometric="rgb", **how), COLOURS)
    check(written(rgb, photometric="rgb", tile=(16, 16), **how), COLOURS)
    check(written(rgb, photometric="rgb", rowsperstrip=7, **how), COLOURS)
    check(written(planes, photometric="rgb", planarconfig="separate", **how), COLOURS)
    tiled = {"planarconfig": "separate", "tile": (32, 16)}
    check(written(planes, photometric="rgb", **tiled, **how), COLOURS)
    check(written(65535 - grey, photometric="miniswhite", **how), GREY)
    both = np.dstack([grey, deep(OPAQUE, 16)])
    pixels = check(written(both, photometric="minisblack", extrasamples=[2], **how), GREY)
    assert pixels[0, 0, 3] == 0


@pytest.mark.parametrize("order", "<>")
def test_tiff_where_white_is_zero_made_byte_by_byte(order):
    check(tiff((65535 - deep(GREY, 16)).astype(np.uint16), 0, order), GREY)


@pytest.mark.parametrize("bits", [2, 4, 10, 12, 14])
def test_tiff_of_packed_bits(bits):
    step = 255 // ((1 << min(bits, 8)) - 1) if bits <= 8 else 1
    grey, colours = GREY // step * step, COLOURS // step * step
    check(written(deep(grey, bits), photometric="minisblack", bitspersample=bits), grey)
    check(written(deep(255 - grey, bits), photometric="miniswhite", bitspersample=bits), grey)
    check(written(deep(colours, bits), photometric="rgb", bitspersample=bits), colours)


def test_tiff_of_32_bits_and_signed_ones():
    check(written(deep(COLOURS, 32), photometric="rgb"), COLOURS)
    check(written(~deep(GREY, 32), photometric="miniswhite"), GREY)
    signed = (deep(GREY, 16).astype(int) - 32768).astype(np.int16)
    check(written(signed, photometric="minisblack"), GREY)
    check(written(deep(GREY, 16).astype(np.int32), photometric="minisblack"), GREY)


def test_tiff_of_inks_with_transparency():
    inks = np.dstack([255 - COLOURS, np.zeros_like(GREY), OPAQUE])
    for bits in (8, 16):
        data = written(deep(inks, bits), photometric="separated", extrasamples=[2])
        pixels = check(data, COLOURS, tolerance=1)
        assert pixels[[0, 20], 0, 3].tolist() == [0, 255]


def test_tiff_of_lab():
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    colours = 96 + COLOURS // 4  # as steps of Lab's 8 bits are large where colours are strong
    rgb = Image.fromarray(colours.astype(np.uint8))
    lab = np.asarray(ImageCms.profileToProfile(rgb, *profiles, outputMode="LAB"))
    check(written(lab, photometric="cielab"), colours, tolerance=3)
    check(written(lab ^ np.array([0, 128, 128], np.uint8), photometric="icclab"), colours, 3)
    check(written(lab.astype(np.uint16) << 8, photometric="cielab"), colours, tolerance=3)


@pytest.mark.parametrize("compression", ["webp", "zstd", "lzma", "packbits", "jpeg", "lerc"])
def test_tiff_of_other_compressions(compression):
    how = {"compressionargs": {"lossless": True}} if compression == "webp" else {}
    data = written(COLOURS.astype(np.uint8), photometric="rgb", compression=compression, **how)
    pixels = np.asarray(decode(data).picture, int)
    assert np.abs(pixels - COLOURS)[4:16, 4:36].max() <= (3 if compression == "jpeg" else 0)


def test_tiff_of_a_fax():
    page = Image.fromarray(GREY > 128)
    for compression in ("group3", "group4"):
        data = encoded(page, "TIFF", compression=compression)
        assert np.array_equal(np.asarray(decode(data).picture)[..., 0] > 0, GREY > 128)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (written(np.ones((4, 4, 3), np.float16), photometric="rgb"), "floating-point numbers"),
        (written(np.ones((4, 4), np.float64), photometric="minisblack"), "floating-point numbers"),
        (written(np.ones((4, 4), np.uint16), photometric="cfa"), "camera RAW data"),
        (
            written(np.ones((8, 8), np.uint8), compression="jpegxl"),
            r"its compression \(50002\) is not supported",
        ),
    ],
    ids=["half", "double", "raw", "compression"],
)
def test_what_a_tiff_holds_is_named(data, reason):
    with pytest.raises(PictureError, match=reason) as raised:
        decode(data)
    assert "damaged" not in str(raised.value)


@pytest.mark.parametrize("compression", ["lzw", "zlib", "jpeg", "webp", "zstd", None])
def test_damaged_tiff_is_refused_without_a_word_of_a_library(compression, capfd):
    noise = np.random.default_rng(2).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = written(noise, photometric="rgb", compression=compression)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        start = file.pages[0].dataoffsets[0]
    for cut in (data[: start + 99], data[: len(data) // 2]):
        with pytest.raises(PictureError, match=r"^damaged"):
            decode(cut)
    spoiled = bytearray(data)
    spoiled[start + 40 : start + 90] = bytes(50)
    try:
        decode(bytes(spoiled))
    except PictureError as error:
        assert str(error).startswith("damaged")  # noqa: PT017 (both ways out are right)
    assert capfd.readouterr() == ("", "")


def test_a_tile_of_gigabytes_is_refused():
    data = bytearray(written(np.zeros((64, 64, 3), np.uint8), photometric="rgb", tile=(16, 16)))
    set_tag(data, 322, 65536)
    set_tag(data, 323, 65536)
    with pytest.raises(PictureError, match=r"^damaged"):
        decode(bytes(data))


@pytest.mark.parametrize("kind", ["webp", "jpeg"])
def test_a_segment_that_is_larger_than_its_picture_is_refused(kind, monkeypatch):
    monkeypatch.setattr(tiff_pixels, "_LARGEST_TILE", 1000)
    data = bytearray(written(np.zeros((16, 16, 3), np.uint8), photometric="rgb", compression=kind))
    huge = encoded(Image.new("RGB", (64, 64)), kind.upper())
    at = len(data)
    data += huge
    set_tag(data, 273, at)
    set_tag(data, 279, len(huge))
    with pytest.raises(PictureError, match=r"^damaged"):
        decode(bytes(data))


def test_a_small_copy_in_front_is_not_the_picture():
    file = io.BytesIO()
    whole = np.asarray(quarters())
    with tifffile.TiffWriter(file) as writer:
        for kind, pixels in ((1, whole[::4, ::4]), (4, whole[..., 0] > 0), (0, whole)):
            writer.write(pixels, subfiletype=kind, metadata=None)
    decoded = decode(file.getvalue())
    assert np.array_equal(np.asarray(decoded.picture), whole)


def test_png_of_16_bits_with_transparency():
    values = np.array([[200, 90, 30, 255], [16, 130, 250, 7]])
    data = png((2, 1), 16, 6, [struct.pack(">8H", *(257 * values).ravel())])
    assert np.asarray(decode(data).picture)[0].tolist() == values.tolist()
    grey = list(itertools.chain.from_iterable(values[:, [0, 3]]))
    data = png((2, 1), 16, 4, [struct.pack(">4H", *(257 * np.array(grey)))])
    assert np.asarray(decode(data).picture)[0, :, [0, 3]].T.tolist() == [[200, 255], [16, 7]]
