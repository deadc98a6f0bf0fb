"""JPEG files that are whole but for their last marker."""

from __future__ import annotations

import hashlib
import io
import math

from PIL import Image

from photomosaic.images.progressive import END_OF_IMAGE, SCAN_END, START_OF_SCAN

# Tables, scans, restart interval, number of lines, application data and comments (ITU-T T.81, B.1).
_SEGMENTS = frozenset({0xC4, 0xCC, START_OF_SCAN, 0xDB, 0xDC, 0xDD, 0xFE, *range(0xE0, 0xF0)})
_OTHER_BYTES = b"\x55\xaa\x33" * 30
_MOST_PIXELS = 20_000_000
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def with_end(data: bytes) -> bytes | None:
    """Return a JPEG file with an end after its last scan, if nothing else of it is missing.

    Some cameras and programs leave the marker out, or write data of their own in its place.

    Returns
    -------
    bytes or None
        None if the file has an end, or if its pixels are not all there.
    """
    scans = data[: _end_of_scans(data)].rstrip(b"\xff")
    if not scans:
        return None
    # Where pixels are missing, other bytes in their place make another picture.
    whole, other = scans + END_OF_IMAGE, scans + _OTHER_BYTES + END_OF_IMAGE
    return whole if _pixels(whole) == _pixels(other) else None


def _end_of_scans(data: bytes) -> int:
    """Return where the last scan ends; 0 if there is none, or if an end or a cut follows."""
    position, scans_end = 2, 0
    while position + 2 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if marker == END_OF_IMAGE[1]:
            return 0
        if marker not in _SEGMENTS | _FRAMES:
            break
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
        if marker == START_OF_SCAN:
            found = SCAN_END.search(data, position)
            position = scans_end = found.start() if found else len(data)
        if position > len(data):
            return 0
    return scans_end


def _pixels(data: bytes) -> bytes:
    """Return a digest of the pixels, at half the size or less if they are many."""
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as picture:
        factor = max(1.0, math.sqrt(picture.width * picture.height / _MOST_PIXELS))
        if factor > 1:
            picture.draft(picture.mode, (int(picture.width / factor), int(picture.height / factor)))
        return hashlib.sha256(picture.tobytes()).digest()
