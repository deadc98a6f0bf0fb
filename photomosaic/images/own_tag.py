"""Pictures of other programs' encoders, marked afterwards as made by this toolkit."""

from __future__ import annotations

import zlib
from pathlib import Path

from photomosaic.files.regular import read_file
from photomosaic.images.encode import own_exif
from photomosaic.images.own_output import PAGE_COMMENT

JPEG_START = b"\xff\xd8"
EXIF_START = b"Exif\0\0"
PNG_HEAD_BYTES = 8 + 25  # signature, and the chunk IHDR
WEBP_FLAGS_AT = 20
WEBP_HAS_EXIF = 0x08


def tag_as_own(path: Path) -> None:
    """Add the EXIF data of `own_exif` to an animated .webp or .png file."""
    data = read_file(path)
    exif = own_exif().removeprefix(EXIF_START)
    path.write_bytes(
        _tagged_png(data, exif) if path.suffix.lower() == ".png" else _tagged_webp(data, exif)
    )


def tagged_jpeg(data: bytes) -> bytes:
    """Return a JPEG of a page with the comment that marks it (ITU-T T.81, B.2.4.5)."""
    comment = b"\xff\xfe" + (len(PAGE_COMMENT) + 2).to_bytes(2, "big") + PAGE_COMMENT
    return JPEG_START + comment + data.removeprefix(JPEG_START)


def _tagged_png(data: bytes, exif: bytes) -> bytes:
    """Put a chunk eXIf behind the first (PNG 1.5 extensions, 3.7)."""
    body = b"eXIf" + exif
    chunk = len(exif).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return data[:PNG_HEAD_BYTES] + chunk + data[PNG_HEAD_BYTES:]


def _tagged_webp(data: bytes, exif: bytes) -> bytes:
    """Append a chunk EXIF, and say so in the chunk VP8X, which animations begin with (RFC 9649)."""
    chunk = b"EXIF" + len(exif).to_bytes(4, "little") + exif + b"\0" * (len(exif) % 2)
    tagged = bytearray(data + chunk)
    tagged[WEBP_FLAGS_AT] |= WEBP_HAS_EXIF
    tagged[4:8] = (len(tagged) - 8).to_bytes(4, "little")
    return bytes(tagged)
