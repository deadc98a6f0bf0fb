"""Pictures, and pieces of picture files, that the tests of this room make themselves."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pillow_heif
from PIL import Image

CORNERS = {"R": (255, 0, 0), "G": (0, 255, 0), "B": (0, 0, 255), "Y": (255, 255, 0)}

# The format names of the package, each with the colour error that its compression may cause.
FORMATS = {
    "JPEG": 6,
    "PNG": 0,
    "GIF": 0,
    "WEBP": 6,
    "AVIF": 6,
    "HEIF": 6,
    "TIFF": 0,
    "BMP": 0,
    "JPEG2000": 0,
}

# Where the red, green / blue, yellow corners of the stored picture go (EXIF 2.32, 4.6.4).
UPRIGHT = {
    1: "RGBY",
    2: "GRYB",
    3: "YBGR",
    4: "BYRG",
    5: "RBGY",
    6: "BRYG",
    7: "YGBR",
    8: "GYRB",
}
SIDEWAYS = (5, 6, 7, 8)

MP4 = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + b"\0\0\0\x08mdat" + bytes(100)

D50 = (0.9642, 1.0, 0.8249)
# Primaries as XYZ under D50, as profiles hold them.
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
DISPLAY_P3 = (
    (0.51512, 0.24120, -0.00105),
    (0.29198, 0.69225, 0.04189),
    (0.15710, 0.06657, 0.78407),
)
BT2020 = ((0.67346, 0.27904, -0.00193), (0.16565, 0.67535, 0.02998), (0.12504, 0.04561, 0.79681))
ROMM_RGB = ((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491))
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))


def encoded(picture, kind, **options):
    buffer = io.BytesIO()
    if kind == "HEIF":
        # Not through Pillow: that would register the plugin which the package has to register.
        pillow_heif.from_pillow(picture).save(buffer, quality=100, chroma=444, **options)
    else:
        if kind in ("JPEG", "WEBP", "AVIF"):
            options = {"quality": 100} | options
        picture.save(buffer, kind, **options)
    return buffer.getvalue()


def noise(height, width, channels=3, seed=0):
    shape = (height, width, channels) if channels else (height, width)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def quarters(size=(64, 32)):
    """Return a picture of red, green / blue, yellow quarters."""
    width, height = size
    picture = Image.new("RGB", size, CORNERS["Y"])
    picture.paste(CORNERS["R"], (0, 0, width // 2, height // 2))
    picture.paste(CORNERS["G"], (width // 2, 0, width, height // 2))
    picture.paste(CORNERS["B"], (0, height // 2, width // 2, height))
    return picture


def corner_names(picture):
    """Return the letters of the corners' colours: upper left, upper right, lower left, right."""
    right, bottom = picture.width - 1, picture.height - 1
    found = [picture.getpixel(at) for at in ((0, 0), (right, 0), (0, bottom), (right, bottom))]
    return "".join(_corner_name(colour) for colour in found)


def _corner_name(colour):
    near = [name for name, corner in CORNERS.items() if largest_difference(colour, corner) <= 12]
    return near[0] if near else "?"


def largest_difference(one, other):
    return int(np.abs(np.asarray(one, int) - np.asarray(other, int)).max())


def exif(**tags):
    """Return EXIF data with an orientation, a software, or both."""
    numbers = {"orientation": 0x0112, "software": 0x0131}
    data = Image.Exif()
    for name, value in tags.items():
        data[numbers[name]] = value
    return data.tobytes()


def png(size, depth, colour_type, rows, *chunks):
    """Return a PNG file of the given header, uncompressed rows and further chunks."""
    header = struct.pack(">IIBBBBB", *size, depth, colour_type, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = [(b"IHDR", header), *chunks, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(name, data) for name, data in parts)


def png_chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def tiff(pixels, photometric, order="<", extra_sample=None):
    """Return an uncompressed TIFF file of an array (H, W) or (H, W, C), uint8 or uint16."""
    pixels = pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
    height, width, channels = pixels.shape
    data = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
    bits_at = 8 + len(data)
    bits = struct.pack(f"{order}{channels}H", *[8 * pixels.dtype.itemsize] * channels)
    tags = [(256, 3, 1, width), (257, 3, 1, height)]
    if channels == 1:
        tags += [(258, 3, 1, 8 * pixels.dtype.itemsize)]
    else:
        # Two values would fit into the entry itself, but none of the tests has two channels.
        tags += [(258, 3, channels, bits_at)]
    tags += [(259, 3, 1, 1), (262, 3, 1, photometric), (273, 4, 1, 8), (277, 3, 1, channels)]
    tags += [(278, 3, 1, height), (279, 4, 1, len(data))]
    if extra_sample is not None:
        tags += [(338, 3, 1, extra_sample)]
    entries = b"".join(_tiff_entry(order, *tag) for tag in tags)
    directory = struct.pack(f"{order}H", len(tags)) + entries + bytes(4)
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(
        f"{order}I", bits_at + len(bits) + len(bits) % 2
    )
    return start + data + bits + bytes(len(bits) % 2) + directory


def _tiff_entry(order, tag, kind, count, value):
    short = kind == 3 and count == 1
    return struct.pack(
        f"{order}HHI" + ("HH" if short else "I"), tag, kind, count, value, *[0] * short
    )


def rgb_profile(primaries, gamma, description):
    """Return an ICC profile of three primaries (XYZ under D50) and a plain gamma."""
    colorants = zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)
    curves = [(name, _curve(gamma)) for name in (b"rTRC", b"gTRC", b"bTRC")]
    tags = [*((name, _xyz(primary)) for name, primary in colorants), *curves]
    return _profile(b"mntr", b"RGB ", b"XYZ ", description, tags)


def grey_profile(gamma):
    return _profile(b"mntr", b"GRAY", b"XYZ ", "Made grey", [(b"kTRC", _curve(gamma))])


def black_ink_profile():
    """Return a CMYK profile in which black ink alone counts, its lightness L* = 100 - K."""
    identity = b"".join(_fixed(value) for value in (1, 0, 0, 0, 1, 0, 0, 0, 1))
    ramp = bytes(range(256))
    # Two grid points for each ink, the last of them (black) changing fastest.
    lab = b"".join(bytes([0 if black else 255, 128, 128]) for _ in range(8) for black in (0, 1))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + identity + ramp * 4 + lab + ramp * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", "Made inks", [(b"A2B0", table), (b"A2B1", table)])


def to_srgb_by_formula(colour, primaries, gamma=None):
    """Return a colour of an RGB space in sRGB (IEC 61966-2-1), as floats from 0 to 255.

    Without a gamma its curve is that of sRGB.
    """
    values = np.array(colour) / 255
    by_curve = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    xyz = (by_curve if gamma is None else values**gamma) @ np.array(primaries)
    linear = (xyz @ np.linalg.inv(np.array(SRGB))).clip(0, 1)
    bright = 1.055 * linear ** (1 / 2.4) - 0.055
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, bright)


def pq_of_nits(nits):
    """Return luminances as PQ values from 0 to 1 (SMPTE ST 2084)."""
    powers = (np.asarray(nits) / 10000) ** (2610 / 16384)
    fraction = (3424 / 4096 + 2413 / 128 * powers) / (1 + 2392 / 128 * powers)
    return fraction ** (2523 / 32)


def srgb_of_nits(nits):
    """Return luminances as levels of sRGB, where white is 203 nits."""
    light = (np.asarray(nits) / 203).clip(0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _profile(device_class, space, connection, description, tags):
    text = description.encode() + b"\0"
    described = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)
    white = (b"wtpt", _xyz(D50))
    tags = [(b"desc", described), (b"cprt", b"text\0\0\0\0none\0"), white, *tags]
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for name, data in tags:
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    date = struct.pack(">6H", 2020, 1, 1, 0, 0, 0)
    head = struct.pack(">I", start + len(body)) + bytes(4) + b"\2\x10\0\0" + device_class + space
    head += connection + date + b"acsp" + bytes(28) + b"".join(_fixed(value) for value in D50)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _fixed(value):
    return struct.pack(">i", round(value * 65536))


def _xyz(values):
    return b"XYZ " + bytes(4) + b"".join(_fixed(value) for value in values)


def _curve(gamma):
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))
