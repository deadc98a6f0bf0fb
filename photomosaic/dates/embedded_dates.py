"""The dates that a picture file holds: EXIF, XMP, PNG text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from photomosaic.dates.date_values import PhotoDate, parse_date, plausible
from photomosaic.errors import PictureError
from photomosaic.images.opening import DECODER_ERRORS, open_picture

EXIF_ORIGINAL = "EXIF DateTimeOriginal"
EXIF_DIGITIZED = "EXIF DateTimeDigitized"
EXIF_CHANGED = "EXIF DateTime"
PNG_TEXT = "PNG text"

_EXIF_IFD = 0x8769
_MANY_PIXELS = 40_000_000
_CHANGED_TAG = 0x0132
_XMP_TAG = 0x02BC
# Tags of the date and of its fraction of a second (EXIF 2.32, 4.6.5).
_TAKEN_TAGS = ((EXIF_ORIGINAL, 0x9003, 0x9291), (EXIF_DIGITIZED, 0x9004, 0x9292))
# The best first; and whether it is a copy of what the camera's clock said.
_XMP_NAMES = (
    ("exif:DateTimeOriginal", True),
    ("photoshop:DateCreated", False),
    ("xmp:CreateDate", True),
)
# ImageMagick's date:create is not among them, since it is the file's time.
_PNG_KEYS = ("exif:DateTimeOriginal", "DateTimeOriginal", "Creation Time", "CreationTime")


class EmbeddedDates(NamedTuple):
    """What a file itself tells: when the photo was taken, and when it was last edited."""

    taken: PhotoDate | None
    changed: PhotoDate | None


def embedded_dates(data: bytes, now: datetime | None = None) -> EmbeddedDates:
    """Return the dates that a picture file holds; damaged ones count as none.

    Parameters
    ----------
    data : bytes
        The whole file.
    now : datetime, optional
        Local time that counts as now.
    """
    try:
        with open_picture(data) as picture:
            taken = next(_taken(picture, now), None)
            changed = parse_date(_text(_exif(picture).get(_CHANGED_TAG)))
            return EmbeddedDates(taken, plausible(changed, EXIF_CHANGED, now, by_camera=True))
    except (*DECODER_ERRORS, PictureError, MemoryError):
        return EmbeddedDates(None, None)


def xmp_date(packet: bytes, now: datetime | None = None) -> PhotoDate | None:
    """Return the date of taking in an XMP packet, be it within a picture or beside it."""
    for name, by_camera in _XMP_NAMES:
        # An attribute of rdf:Description, or an element in it.
        pattern = rf"{name}\s*(?:=\s*[\"']|>)\s*([-0-9T:.+Z ]+)".encode()
        found = re.search(pattern, packet)
        when = parse_date(found.group(1).decode()) if found else None
        date = plausible(when, f"XMP {name}", now, by_camera=by_camera)
        if date:
            return date
    return None


def _taken(picture: Image.Image, now: datetime | None) -> Iterator[PhotoDate]:
    """Yield the dates of taking, the most reliable first."""
    details = _exif_details(picture)
    for source, tag, fraction_tag in _TAKEN_TAGS:
        when = parse_date(_text(details.get(tag)), _text(details.get(fraction_tag)))
        if date := plausible(when, source, now, by_camera=True):
            yield date
    if date := xmp_date(_xmp(picture), now):
        yield date
    if isinstance(picture, PngImageFile):
        texts = picture.info if _is_large(picture) else picture.text
        for key in _PNG_KEYS:
            if date := plausible(parse_date(str(texts.get(key, ""))), PNG_TEXT, now):
                yield date


def _exif(picture: Image.Image) -> Mapping[int, object]:
    if _is_read_to_its_end_for_exif(picture):
        return {}
    try:
        return picture.getexif()
    except DECODER_ERRORS:
        return {}


def _is_large(picture: Image.Image) -> bool:
    # Pillow decodes a PNG to look for texts and EXIF data behind its pixels.
    return picture.width * picture.height > _MANY_PIXELS


def _is_read_to_its_end_for_exif(picture: Image.Image) -> bool:
    return isinstance(picture, PngImageFile) and _is_large(picture) and "exif" not in picture.info


def _exif_details(picture: Image.Image) -> Mapping[int, object]:
    if _is_read_to_its_end_for_exif(picture):
        return {}
    try:
        return picture.getexif().get_ifd(_EXIF_IFD)
    except DECODER_ERRORS:
        return {}


def _xmp(picture: Image.Image) -> bytes:
    packet = picture.info.get("xmp") or _exif(picture).get(_XMP_TAG)
    if packet is None:
        packet = picture.info.get("XML:com.adobe.xmp")
    return packet if isinstance(packet, bytes) else str(packet or "").encode()


def _text(value: object) -> str:
    # Pillow takes text for Latin-1; some phones write UTF-8.
    data = value.encode("latin-1", "replace") if isinstance(value, str) else value
    return data.decode("utf-8", "replace") if isinstance(data, bytes) else ""
