from __future__ import annotations

import io
import os
import socket
import struct
import zlib
from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_pictures import (
    FORMATS,
    MP4,
    SIDEWAYS,
    UPRIGHT,
    corner_names,
    encoded,
    exif,
    largest_difference,
    noise,
    png,
    quarters,
    tiff,
)
from PIL import Image

from photomosaic.errors import InputError, PictureError
from photomosaic.images import decode as decode_module
from photomosaic.images.decode import decode, is_own_output, read_target
from photomosaic.images.pixels import to_array

# What Pillow remarks on damaged files; the scripts silence it as well.
pillow_may_warn = pytest.mark.filterwarnings("ignore::UserWarning:PIL")

# Those whose files can hold an orientation; TIFF has a test of its own.
WITH_EXIF = ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"]


def first_pixel(data):
    return decode(data).picture.getpixel((0, 0))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format(kind):
    decoded = decode(encoded(quarters(), kind))
    assert decoded.picture.mode == "RGB"
    assert decoded.picture.size == (decoded.width, decoded.height) == (64, 32)
    assert not decoded.own_output
    assert corner_names(decoded.picture) == "RGBY"
    assert largest_difference(decoded.picture.getpixel((0, 0)), (255, 0, 0)) <= FORMATS[kind]


@pytest.mark.parametrize("covers", [None, (8, 16)])
@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("kind", WITH_EXIF)
def test_orientation(kind, orientation, covers):
    decoded = decode(encoded(quarters(), kind, exif=exif(orientation=orientation)), covers)
    sideways = orientation in SIDEWAYS
    assert corner_names(decoded.picture) == UPRIGHT[orientation]
    assert (decoded.width, decoded.height) == ((32, 64) if sideways else (64, 32))
    if covers:
        assert decoded.picture.size == ((8, 16) if sideways else (16, 8))
    else:
        assert decoded.picture.size == (decoded.width, decoded.height)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_unknown_orientation_is_upright(orientation):
    decoded = decode(encoded(quarters(), "JPEG", exif=exif(orientation=orientation)))
    assert corner_names(decoded.picture) == "RGBY"


def test_orientation_of_a_transparent_picture():
    picture = quarters().convert("RGBA")
    picture.putpixel((63, 0), (0, 0, 0, 0))
    decoded = decode(encoded(picture, "PNG", exif=exif(orientation=6)))
    assert decoded.picture.size == (32, 64)
    assert decoded.picture.getpixel((31, 63)) == (0, 0, 0, 0)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF", "TIFF"])
def test_first_frame(kind):
    others = [Image.new("RGB", (64, 32), "black"), quarters().rotate(180)]
    data = encoded(quarters(), kind, save_all=True, append_images=others)
    assert Image.open(io.BytesIO(data)).n_frames == 3
    assert corner_names(decode(data).picture) == "RGBY"


@pytest.mark.parametrize(
    ("picture", "kind", "expected"),
    [
        (Image.new("L", (8, 8), 77), "PNG", (77, 77, 77)),
        (Image.new("L", (8, 8), 77), "JPEG", (77, 77, 77)),
        (Image.new("L", (8, 8), 77), "JPEG2000", (77, 77, 77)),
        (Image.new("1", (8, 8), 1), "PNG", (255, 255, 255)),
        (Image.new("1", (8, 8), 0), "TIFF", (0, 0, 0)),
        (Image.new("LA", (8, 8), (77, 128)), "PNG", (77, 77, 77, 128)),
        (Image.new("LA", (8, 8), (77, 255)), "PNG", (77, 77, 77)),
        (Image.new("RGB", (8, 8), (9, 99, 199)).quantize(4), "PNG", (9, 99, 199)),
        (Image.new("RGB", (8, 8), (9, 99, 199)).quantize(4), "BMP", (9, 99, 199)),
        (Image.new("RGB", (8, 8), (9, 99, 199)).convert("YCbCr"), "TIFF", (7, 99, 198)),
        (Image.new("RGBA", (8, 8), (9, 99, 199, 5)), "PNG", (9, 99, 199, 5)),
        (Image.new("RGBA", (8, 8), (9, 99, 199, 5)), "TIFF", (9, 99, 199, 5)),
        (Image.new("RGBA", (8, 8), (9, 99, 199, 5)), "JPEG2000", (9, 99, 199, 5)),
        (Image.new("RGBA", (8, 8), (9, 99, 199, 255)), "PNG", (9, 99, 199)),
        (Image.new("I;16", (8, 8), 257 * 77), "PNG", (77, 77, 77)),
        (Image.new("I;16", (8, 8), 257 * 77), "TIFF", (77, 77, 77)),
        (Image.new("I;16", (8, 8), 257 * 77), "JPEG2000", (77, 77, 77)),
        # Dark, yet 16 bits deep: not to be taken for 8 bits.
        (Image.new("I;16", (8, 8), 200), "PNG", (1, 1, 1)),
        (Image.new("I", (8, 8), 19_700), "TIFF", (77, 77, 77)),
        (Image.new("I", (8, 8), 77), "TIFF", (77, 77, 77)),
        (Image.new("I", (8, 8), 1 << 24), "TIFF", (255, 255, 255)),
        (Image.new("CMYK", (8, 8), (100, 50, 0, 128)), "TIFF", (77, 102, 127)),
        (Image.new("CMYK", (8, 8), (100, 50, 0, 128)), "JPEG", (77, 102, 127)),
    ],
    ids=lambda value: getattr(value, "mode", str(value)),
)
def test_pixel_kinds(picture, kind, expected):
    decoded = decode(encoded(picture, kind)).picture
    assert decoded.mode == ("RGB" if len(expected) == 3 else "RGBA")
    assert decoded.getextrema() == tuple((value, value) for value in expected)


def sixteen_bits(*values):
    return struct.pack(f">{len(values)}H", *(257 * value for value in values))


def test_png_of_16_bits():
    data = png((2, 1), 16, 2, [sixteen_bits(9, 99, 199, 255, 0, 1)])
    assert np.asarray(decode(data).picture).tolist() == [[[9, 99, 199], [255, 0, 1]]]
    data = png((4, 1), 16, 0, [sixteen_bits(0, 50, 100, 255)])
    assert np.asarray(decode(data).picture)[0, :, 0].tolist() == [0, 50, 100, 255]
    data = png((2, 1), 16, 4, [sixteen_bits(77, 255, 88, 128)])
    assert np.asarray(decode(data).picture).tolist() == [[[77] * 3 + [255], [88] * 3 + [128]]]


@pytest.mark.parametrize("order", "<>")
def test_tiff_of_16_bits(order):
    values = np.array([[0, 50, 100], [150, 200, 255]])
    grey = tiff((257 * values).astype(np.uint16), 1, order)
    assert np.asarray(decode(grey).picture)[..., 1].tolist() == values.tolist()
    colours = values[..., np.newaxis] * [1.0, 0.5, 0] // 1
    rgb = tiff((257 * colours).astype(np.uint16), 2, order)
    assert np.asarray(decode(rgb).picture).tolist() == colours.tolist()


def test_16_bits_are_rounded():
    data = png((2, 1), 16, 0, [struct.pack(">2H", 257 * 77 + 128, 257 * 77 + 129)])
    assert np.asarray(decode(data).picture)[0, :, 0].tolist() == [77, 78]


def test_ycck():
    # Pillow writes CMYK only. Its inks become luma and chroma if the marker of Adobe says so.
    luma, blue, red = Image.new("RGB", (1, 1), (100, 50, 0)).convert("YCbCr").getpixel((0, 0))
    stored = Image.new("CMYK", (16, 16), (255 - luma, 255 - blue, 255 - red, 128))
    cmyk = encoded(stored, "JPEG")
    transform = cmyk.index(b"Adobe\0d") + 11
    assert cmyk[transform] == 0
    assert largest_difference(first_pixel(cmyk), (77, 102, 127)) > 20
    ycck = cmyk[:transform] + b"\2" + cmyk[transform + 1 :]
    assert largest_difference(first_pixel(ycck), (77, 102, 127)) <= 1


def test_transparent_palette_entry():
    picture = quarters().quantize(4)
    data = encoded(picture, "PNG", transparency=picture.getpixel((0, 0)))
    decoded = decode(data).picture
    assert decoded.getpixel((0, 0))[3] == 0
    assert decoded.getpixel((63, 31)) == (255, 255, 0, 255)


def test_transparent_gif():
    picture = quarters().quantize(4)
    data = encoded(picture, "GIF", transparency=picture.getpixel((63, 0)))
    decoded = decode(data).picture
    assert decoded.getpixel((63, 0))[3] == 0
    assert decoded.getpixel((0, 0)) == (255, 0, 0, 255)


def test_transparent_colour():
    red, green = b"\xff\0\0", b"\0\xff\0"
    data = png((2, 1), 8, 2, [red + green], (b"tRNS", struct.pack(">3H", 0, 255, 0)))
    assert np.asarray(decode(data).picture).tolist() == [[[255, 0, 0, 255], [0, 255, 0, 0]]]
    data = png((2, 1), 8, 0, [b"\x09\x63"], (b"tRNS", struct.pack(">H", 9)))
    assert np.asarray(decode(data).picture)[0, :, 3].tolist() == [0, 255]


def test_premultiplied_colours_become_straight():
    pixels = np.full((4, 4, 4), (60, 30, 0, 128), np.uint8)
    assert first_pixel(tiff(pixels, 2, extra_sample=1)) == (119, 59, 0, 128)
    assert first_pixel(tiff(pixels, 2, extra_sample=2)) == (60, 30, 0, 128)


def test_colour_of_transparent_pixels_does_not_bleed():
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:, :29] = (200, 0, 0, 255)
    pixels[:, 29:] = (0, 255, 0, 0)
    shrunk = np.asarray(decode(encoded(Image.fromarray(pixels), "PNG"), (8, 8)).picture)
    assert shrunk.shape == (8, 8, 4)
    assert set(np.unique(shrunk[..., 3])) > {0, 255}
    shown = shrunk[shrunk[..., 3] > 16]
    assert np.abs(shown[:, :3].astype(int) - (200, 0, 0)).max() <= 6


@pytest.mark.parametrize(
    ("size", "covers", "expected"),
    [
        ((64, 32), None, (64, 32)),
        ((64, 32), (32, 64), (64, 32)),
        ((64, 32), (100, 0), (64, 32)),
        ((64, 32), (16, 0), (32, 16)),
        ((64, 32), (0, 16), (16, 8)),
        ((64, 32), (8, 16), (16, 8)),
        ((32, 64), (8, 24), (12, 24)),
        ((300, 3), (2, 0), (200, 2)),
        ((300, 3), (0, 10), (10, 1)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_covers(kind, size, covers, expected):
    decoded = decode(encoded(quarters(size), kind), covers)
    assert decoded.picture.size == expected
    assert (decoded.width, decoded.height) == size


@pytest.mark.parametrize("kind", FORMATS)
def test_shrunk_picture_looks_like_the_whole(kind):
    picture = Image.fromarray(noise(4, 5)).resize((320, 256), Image.Resampling.BICUBIC)
    shrunk = decode(encoded(picture, kind), (64, 80)).picture
    expected = picture.resize((80, 64), Image.Resampling.BOX)
    assert shrunk.size == (80, 64)
    # GIF has 256 colours only.
    error = np.abs(np.asarray(shrunk, int) - np.asarray(expected, int)).mean()
    assert error < (8 if kind == "GIF" else 2)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "^the file is empty$"),
        (b"Dear diary, this is no picture", "^not a picture of a supported format$"),
        (b"P6 1 1 255 abc", "^not a picture of a supported format$"),
        (b"%PDF-1.7", "^not a picture of a supported format$"),
        (MP4, "^a video, not a picture$"),
        (b"\x1aE\xdf\xa3" + bytes(50), "^a video, not a picture$"),
        (b"RIFF\x10\0\0\0AVI LIST" + bytes(50), "^a video, not a picture$"),
        (b"FUJIFILMCCD-RAW 0201", "^a camera RAW file, which is not supported$"),
        (b"\xff\xd8\xff", "^damaged"),
        (b"\x89PNG\r\n\x1a\n", "^damaged"),
        (b"\0\0\0\x10ftypheic\0\0\0\0", "^damaged"),
        (encoded(Image.new("F", (4, 4), 0.5), "TIFF"), "^its pixels are floating-point"),
        (encoded(Image.new("RGBA", (4, 4), (9, 9, 9, 0)), "PNG"), "everything .* transparent"),
        (encoded(Image.new("LA", (4, 4), (9, 0)), "PNG"), "everything .* transparent"),
    ],
)
def test_no_picture(data, reason):
    with pytest.raises(PictureError, match=reason):
        decode(data)


@pytest.mark.parametrize("covers", [None, (8, 16)])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("kind", FORMATS)
def test_truncated(kind, share, covers):
    data = encoded(Image.fromarray(noise(60, 80)), kind)
    with pytest.raises(PictureError, match=r"^damaged"):
        decode(data[: int(share * len(data))], covers)


def jpeg_header(width, height):
    data = encoded(Image.new("RGB", (8, 8)), "JPEG")
    sizes_at = data.index(b"\xff\xc0") + 5
    return data[:sizes_at] + struct.pack(">HH", height, width) + data[sizes_at + 4 :]


def bmp_header(width, height):
    data = encoded(Image.new("RGB", (8, 8)), "BMP")
    return data[:18] + struct.pack("<ii", width, height) + data[26:]


def gif_header(width, height):
    return (
        b"GIF89a"
        + struct.pack("<HH", width, height)
        + b"\x80\0\0"
        + bytes(6)
        + (b"," + bytes(4) + struct.pack("<HH", width, height) + b"\0\2\2L\1\0;")
    )


def png_header(width, height):
    return png((width, height), 8, 0, [])


def tiff_header(width, height):
    data = bytearray(tiff(np.zeros((2, 2, 3), np.uint8), 2))
    for tag, value in ((256, width), (257, height), (278, height)):
        at = data.index(struct.pack("<HHI", tag, 3, 1))
        data[at : at + 12] = struct.pack("<HHII", tag, 4, 1, value)
    return bytes(data)


HEADERS = [png_header, jpeg_header, bmp_header, gif_header, tiff_header]


@pytest.mark.parametrize("header", HEADERS)
def test_more_than_200_megapixels_are_refused(header):
    with pytest.raises(
        PictureError, match=r"^claims 20001x10000 pixels, more than 200 megapixels$"
    ):
        decode(header(20_001, 10_000))


@pytest.mark.parametrize("header", HEADERS)
def test_huge_pictures_are_refused_before_they_take_memory(header):
    with (
        mock.patch.object(Image.core, "new", side_effect=AssertionError("memory was taken")),
        pytest.raises(PictureError, match=r"^claims 60000x50000 pixels"),
    ):
        decode(header(60_000, 50_000))


def test_200_megapixels_are_not_too_many():
    with pytest.raises(PictureError, match="truncated"):
        decode(png_header(20_000, 10_000))


def test_memory_runs_out():
    data = encoded(quarters(), "GIF")
    with (
        mock.patch.object(Image.Image, "convert", side_effect=MemoryError),
        pytest.raises(PictureError, match=r"^needs more memory than there is$"),
    ):
        decode(data)


@pytest.mark.parametrize(
    "error",
    [
        *(EOFError, IndexError, KeyError, OSError, RuntimeError, SyntaxError, TypeError),
        *(ValueError, ZeroDivisionError, struct.error, zlib.error, Image.DecompressionBombError),
    ],
)
def test_whatever_a_decoder_raises_is_damage_and_none_of_its_words_is_shown(error):
    with (
        mock.patch.object(Image, "open", side_effect=error("odd\n  marker")),
        pytest.raises(PictureError, match=r"^damaged[a-z :,]*$"),
    ):
        decode(encoded(quarters(), "PNG"))


DAMAGED_EXIF = {
    "no TIFF header": b"Exif\0\0junkjunkjunk",
    "empty": b"Exif\0\0",
    "offset beyond the end": b"Exif\0\0II*\0\xff\xff\xff\xff",
    "too many entries": b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 40,
    "value beyond the end": b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\5\0\0\0\1\xff\xff\xff\xff",
}


@pillow_may_warn
@pytest.mark.parametrize("damaged", DAMAGED_EXIF.values(), ids=DAMAGED_EXIF.keys())
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damaged_exif_does_not_lose_the_photo(kind, damaged):
    data = encoded(quarters(), kind, exif=damaged)
    decoded = decode(data)
    assert corner_names(decoded.picture) == "RGBY"
    assert (decoded.width, decoded.height, decoded.own_output) == (64, 32, False)
    assert not is_own_output(data)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_one_of_the_damaged_exif_makes_pillow_raise(kind):
    data = encoded(quarters(), kind, exif=DAMAGED_EXIF["no TIFF header"])
    with pytest.raises(SyntaxError):
        Image.open(io.BytesIO(data)).getexif()


@pytest.mark.parametrize("kind", [*WITH_EXIF, "TIFF"])
@pytest.mark.parametrize(
    ("software", "own"),
    [("photomosaic 0.1.0", True), ("photomosaic 99", True), ("GIMP 2.10", False)],
)
def test_own_output_is_told_by_the_software(kind, software, own):
    data = encoded(quarters(), kind, exif=exif(software=software))
    assert is_own_output(data) is own
    assert decode(data).own_output is own


@pytest.mark.parametrize("kind", FORMATS)
def test_others_pictures_are_not_ours(kind):
    assert not is_own_output(encoded(quarters(), kind))


@pytest.mark.parametrize("data", [b"", b"text", MP4, b"\xff\xd8\xff", png_header(60_000, 50_000)])
def test_own_output_of_no_picture(data):
    with pytest.raises(PictureError):
        is_own_output(data)


def test_arrays_have_blue_first():
    rgb = Image.new("RGB", (3, 2), (1, 2, 3))
    rgba = Image.new("RGBA", (3, 2), (1, 2, 3, 4))
    assert to_array(rgb).tolist() == [[[3, 2, 1]] * 3] * 2
    assert to_array(rgba).tolist() == [[[3, 2, 1, 4]] * 3] * 2
    assert to_array(rgb).flags.c_contiguous


small = quarters((8, 6))
SMALL_FILES = [
    *(encoded(small, kind) for kind in FORMATS),
    *(encoded(small, kind, exif=exif(orientation=6)) for kind in WITH_EXIF),
    *(encoded(small.convert("RGBA"), kind) for kind in ("PNG", "WEBP", "TIFF", "JPEG2000")),
    *(encoded(small.quantize(4), kind) for kind in ("PNG", "GIF", "BMP", "TIFF")),
    *(encoded(small.convert("CMYK"), kind) for kind in ("JPEG", "TIFF")),
    *(encoded(Image.new("I;16", (8, 6), 999), kind) for kind in ("PNG", "TIFF", "JPEG2000")),
    *(encoded(small, "TIFF", compression=name) for name in ("tiff_lzw", "jpeg", "packbits")),
    encoded(small, "JPEG", progressive=True),
    encoded(small, "GIF", save_all=True, append_images=[small.rotate(180)]),
]
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(("replace", "insert", "delete", "truncate")),
        st.floats(0, 1, exclude_max=True),
        st.binary(min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=4,
)


def changed(data, changes):
    for what, place, new in changes:
        at = int(place * len(data))
        if what == "truncate":
            data = data[:at]
        else:
            kept = at if what == "insert" else at + len(new)
            data = data[:at] + (b"" if what == "delete" else new) + data[kept:]
    return data


@pillow_may_warn
@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SMALL_FILES), CHANGES, st.sampled_from((None, (3, 4))))
def test_damaged_files_raise_nothing_else(data, changes, covers):
    # A damaged header may claim any size; the real limit would let single files take seconds.
    with mock.patch.object(decode_module, "MAX_PIXELS", 10_000):
        try:
            decoded = decode(changed(data, changes), covers)
        except PictureError as error:
            assert str(error)  # noqa: PT017 (both ways out are right)
        else:
            assert decoded.picture.mode in ("RGB", "RGBA")
            assert min(decoded.picture.size) > 0
            assert min(decoded.width, decoded.height) > 0


@pytest.mark.parametrize("kind", FORMATS)
def test_target_of_every_format(tmp_path, kind):
    # The name tells nothing: only the content counts.
    path = tmp_path / "target.jpg"
    path.write_bytes(encoded(quarters(), kind))
    pixels = read_target(path)
    assert (pixels.shape, pixels.dtype) == ((32, 64, 3), np.uint8)
    assert largest_difference(pixels[0, 0], (0, 0, 255)) <= FORMATS[kind]
    assert largest_difference(pixels[0, -1], (0, 255, 0)) <= FORMATS[kind]


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_target_is_turned_upright(tmp_path, orientation):
    path = tmp_path / "target.png"
    path.write_bytes(encoded(quarters(), "PNG", exif=exif(orientation=orientation)))
    pixels = read_target(path)
    assert pixels.shape == ((64, 32, 3) if orientation in SIDEWAYS else (32, 64, 3))
    assert corner_names(Image.fromarray(pixels[..., ::-1])) == UPRIGHT[orientation]


def test_transparent_parts_of_a_target_are_white(tmp_path):
    pixels = np.array([[[200, 100, 0, 255], [200, 100, 0, 0], [200, 100, 0, 51]]], np.uint8)
    path = tmp_path / "target.png"
    Image.fromarray(pixels).save(path)
    assert read_target(path).tolist() == [[[0, 100, 200], [255, 255, 255], [204, 224, 244]]]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"some text", "not a picture of a supported format"),
        (MP4, "is a video; video.py makes mosaics of videos"),
        (encoded(Image.fromarray(noise(64, 64)), "JPEG")[:3000], "damaged: .*truncated"),
        (encoded(Image.new("RGBA", (4, 4)), "PNG"), "everything in it is transparent"),
        (png_header(60_000, 50_000), "claims 60000x50000 pixels, more than 200 megapixels"),
    ],
    ids=["empty", "text", "video", "truncated", "transparent", "huge"],
)
def test_target_that_is_no_picture_is_named(tmp_path, content, reason):
    path = tmp_path / "a b%.jpg"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"/a b%\.jpg: {reason}"):
        read_target(path)


def test_missing_target_is_named(tmp_path):
    with pytest.raises(InputError, match=r"/no\\nsuch\.jpg: there is no such file$"):
        read_target(tmp_path / "no\nsuch.jpg")


def test_target_that_is_a_folder_is_named(tmp_path):
    with pytest.raises(InputError, match=rf"/{tmp_path.name}: is a folder, not a picture$"):
        read_target(tmp_path)


def test_target_below_a_file_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match=r"/file/a\.png: cannot be read: Not a directory$"):
        read_target(tmp_path / "file" / "a.png")


def test_target_that_is_a_socket_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("a.jpg")
        with pytest.raises(InputError, match=r"/a\.jpg: cannot be read: "):
            read_target(tmp_path / "a.jpg")


def test_target_whose_name_is_no_utf8(tmp_path):
    path = tmp_path / os.fsdecode(b"\xe9\n.png")
    path.write_bytes(encoded(quarters(), "PNG"))
    assert read_target(path).shape == (32, 64, 3)
    path.write_bytes(b"text")
    with pytest.raises(InputError, match=r"/\\xe9\\n\.png: not a picture"):
        read_target(path)


def test_real_files(shared_data):
    folder = shared_data / "full" / "formats"
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    assert len(files) > 30
    unreadable = {}
    for path in files:
        try:
            decoded = decode(path.read_bytes(), (192, 320))
        except PictureError as error:
            unreadable[path.name] = str(error)
        else:
            assert decoded.picture.mode in ("RGB", "RGBA"), path.name
            assert min(decoded.picture.size) >= min(192, decoded.width, decoded.height), path.name
            # A picture that was decoded to one colour was not decoded.
            assert max(np.asarray(decoded.picture).std(axis=(0, 1))) > 0, path.name
    assert unreadable == {"hopper.ppm": "not a picture of a supported format"}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_real_orientations(shared_data, orientation):
    folder = shared_data / "full" / "formats" / "orientation"
    upright = decode((folder / "Landscape_1.jpg").read_bytes(), (120, 180))
    turned = decode((folder / f"Landscape_{orientation}.jpg").read_bytes(), (120, 180))
    assert (turned.width, turned.height) == (upright.width, upright.height) == (1800, 1200)
    difference = np.abs(np.asarray(turned.picture, int) - np.asarray(upright.picture, int))
    # The number of the orientation is painted into each, the rest is the same photo.
    assert np.median(difference) <= 4
