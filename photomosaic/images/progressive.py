"""Progressive JPEG files, cut down to what a small picture needs of them."""

from __future__ import annotations

import re

START_OF_SCAN = 0xDA
_PROGRESSIVE_FRAME = 0xC2
_OTHER_FRAMES = frozenset({0xC0, 0xC1, 0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC)})
END_OF_IMAGE = b"\xff\xd9"
# Within a scan, 0xFF is followed by 0 or a restart marker; whatever else follows ends the scan.
SCAN_END = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")


def cut_to_block_means(data: bytes) -> bytes | None:
    """Cut a progressive JPEG after the scans that hold the mean of each 8x8 block.

    These come first, and are what a picture of an eighth of the size is made of, while most of the
    time goes into decoding the rest. The means may lack their lowest bit (ITU-T T.81, annex G), and
    colours are half as sharp, which changes a photo by about half a level.

    Parameters
    ----------
    data : bytes
        A whole JPEG file.

    Returns
    -------
    bytes or None
        A shorter JPEG file; None if `data` is not progressive, is cut off, or orders its scans in
        another way.
    """
    position, components, with_means = 2, 0, set[int]()
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        end = position + 2 + int.from_bytes(data[position + 2 : position + 4], "big")
        if marker in _OTHER_FRAMES or end > len(data):
            return None
        if marker == _PROGRESSIVE_FRAME:
            components = data[position + 9]
        if marker == START_OF_SCAN:
            found = _components_with_means(data[position + 4 : end])
            scan_end = SCAN_END.search(data, end)
            if not found or not components or scan_end is None:
                return None
            with_means |= found
            end = scan_end.start()
            if len(with_means) == components:
                whole = data.find(END_OF_IMAGE, end) >= 0
                return data[:end] + END_OF_IMAGE if whole else None
        position = end
    return None


def _components_with_means(header: bytes) -> set[int]:
    """Return the components of which a scan holds the first bits of the means, if any."""
    count = header[0] if header else 0
    if len(header) != 2 * count + 4:
        return set()
    first, last, bits = header[-3:]
    if (first, last, bits >> 4) != (0, 0, 0):
        return set()
    return set(header[1 : 1 + 2 * count : 2])
