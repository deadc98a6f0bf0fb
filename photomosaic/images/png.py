"""PNG files whose texts or profile are larger than Pillow takes."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator

from PIL import Image

# Pillow refuses a picture for a text or a profile above 1 MB, or for 64 MB of texts together.
_LARGEST = 1 << 20
_ALL_TEXTS = 32 << 20
_LARGEST_PROFILE = 16 << 20
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")


def open_png(data: bytes) -> Image.Image:
    """Open a PNG file without its large texts, and with its profile even if that is large."""
    kept, kept_to, profile, texts = [], 0, b"", 0
    for name, start, end in _chunks(data):
        if name in _TEXTS:
            size = _text_size(name, data[start + 8 : end - 4])
            texts += size
            large = size > _LARGEST or texts > _ALL_TEXTS
        elif name == b"iCCP":
            # A name, the method of compression, and the profile (PNG specification, 11.3.2.3).
            packed = data[start + 8 : end - 4].partition(b"\0")[2][1:]
            profile = _unpacked(packed, _LARGEST_PROFILE)
            large = len(profile) > _LARGEST
        else:
            continue
        if large:
            kept.append(data[kept_to:start])
            kept_to = end
    small = b"".join([*kept, data[kept_to:]]) if kept else data
    picture = Image.open(io.BytesIO(small), formats=["PNG"])
    if len(profile) > _LARGEST:
        picture.info["icc_profile"] = profile
    return picture


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name, the start and the end of each chunk."""
    start = 8
    while start + 12 <= len(data):
        end = start + 12 + int.from_bytes(data[start : start + 4], "big")
        if end > len(data):
            return
        yield data[start + 4 : start + 8], start, end
        start = end


def _text_size(name: bytes, text: bytes) -> int:
    """Return the size of a chunk's text, or of some of it if it is large."""
    after_key = text.partition(b"\0")[2]
    if name == b"zTXt":
        return len(_unpacked(after_key[1:], _LARGEST))
    if name == b"iTXt" and after_key[:1] == b"\1":
        # A flag, the method of compression, language and translated key come before it.
        return len(_unpacked(after_key[2:].split(b"\0", 2)[-1], _LARGEST))
    return len(text)


def _unpacked(packed: bytes, largest: int) -> bytes:
    """Return what was compressed, or a byte more than `largest` if it is larger than that."""
    try:
        return zlib.decompressobj().decompress(packed, largest + 1)
    except zlib.error:
        return b""
