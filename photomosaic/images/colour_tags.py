"""What a picture file says about its colours."""

from __future__ import annotations

import io
import logging
import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from photomosaic.errors import PictureError
from photomosaic.images.colour_spaces import (
    ADOBE_RGB,
    HLG,
    PQ,
    ROMM_RGB,
    SRGB,
    VIDEO_TRANSFERS,
    ColourSpace,
    coded,
    gamma,
)

log = logging.getLogger(__name__)

Colours = bytes | ColourSpace
"""An ICC profile, or a colour space given by numbers."""

_EXIF_IFD, _INTEROPERABILITY_IFD = 0x8769, 0xA005
_COLOUR_SPACE, _GAMMA, _INTEROPERABILITY_INDEX = 0xA001, 0xA500, 0x0001
_WHITE_POINT, _PRIMARIES, _TRANSFER_FUNCTION = 0x013E, 0x013F, 0x012D
# ISO/IEC 15444-2, table M.25; what is not here is left to the decoder.
_JPEG2000_SPACES = {16: SRGB, 17: SRGB, 18: SRGB, 21: ROMM_RGB}
_JPEG2000_CIELAB = 14


def colours_of(picture: Image.Image, data: bytes) -> Colours | None:
    """Return what the file itself says, or None if it says nothing; EXIF data aside.

    Parameters
    ----------
    picture : PIL.Image.Image
        Opened, its pixels not necessarily read.
    data : bytes
        The file's content.
    """
    profile = picture.info.get("icc_profile") or None
    if picture.format == "PNG":
        return _cicp_of_png(data) or _of_profile(profile) or _gamma_of_png(picture.info)
    if picture.format == "JPEG2000":
        return _of_jpeg2000(data)
    if picture.format == "BMP":
        return _profile_of_bmp(data)
    return _of_profile(profile) or _of_nclx(picture, data)


def exif_colours(exif: Image.Exif) -> Colours | None:
    """Return what EXIF or TIFF tags say of the colours, or None if they say nothing.

    Adobe RGB is recognised by the DCF's interoperability index, or by a colour space of 2, which
    is no value of EXIF but is found in files; other spaces by white, primaries and gamma.
    """
    details = exif.get_ifd(_EXIF_IFD)
    space = _first(details.get(_COLOUR_SPACE))
    index = str(_first(exif.get_ifd(_INTEROPERABILITY_IFD).get(_INTEROPERABILITY_INDEX)))
    if space == 2 or (space != 1 and "R03" in index):
        return ADOBE_RGB
    if space == 1 or _PRIMARIES not in exif:
        return None
    try:
        white = [float(value) for value in exif.get(_WHITE_POINT, SRGB.primaries[:2])]
        corners = (*white, *(float(value) for value in exif[_PRIMARIES]))
        exponent = float(_first(details.get(_GAMMA)) or 0)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return _of_tiff_tags(corners, exponent, exif.get(_TRANSFER_FUNCTION))


def _of_tiff_tags(corners: tuple[float, ...], exponent: float, table: object) -> ColourSpace | None:
    known = next((coded(code, 13) for code in (1, 12) if _near(corners, coded(code, 13))), None)
    if isinstance(table, tuple) and len(table) in (256, 768, 65536, 196608):
        # The first of three is enough: these hardly differ.
        size = 256 if len(table) < 65536 else 65536
        levels = np.array(table[:size], np.float64) / 65535
        steps = np.linspace(0, 1, size)
        space = ColourSpace(corners, lambda values: np.interp(values, steps, levels))
    elif known and not exponent:
        # Written by programs whose pixels are sRGB or Display P3, which have no plain gamma.
        return known
    else:
        space = ColourSpace(corners, gamma(exponent or 2.2))
    return _sensible(space)


def _near(corners: tuple[float, ...], space: ColourSpace | None) -> bool:
    if space is None or len(corners) != 8:
        return False
    return bool(np.abs(np.subtract(corners, space.primaries)).max() < 0.003)


def _sensible(space: ColourSpace) -> ColourSpace | None:
    """Return the space, or None if its numbers cannot be those of primaries and a gamma."""
    corners = np.array(space.primaries, np.float64)
    if len(corners) != 8 or not np.isfinite(corners).all() or corners[1] <= 0:
        return None
    (red, green, blue) = corners[2:].reshape(3, 2)
    area = np.linalg.det(np.array([green - red, blue - red]))
    middle = float(space.light(np.array(0.5)))
    usable = abs(area) > 0.01 and np.abs(corners).max() <= 2 and 0.01 < middle < 0.99
    return space if usable else None


def _first(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return value[0] if value else None
    return value


def _of_profile(profile: bytes | None) -> Colours | None:
    # A profile of version 4.4 may mark HDR by a tag of its own (ICC.1:2022, 9.2.17).
    if profile is not None and (at := profile.find(b"cicp\0\0\0\0", 128)) >= 0:
        codes = profile[at + 8 : at + 10]
        if len(codes) == 2 and codes[1] in (PQ, HLG):
            return coded(*codes)
    return profile


def _of_nclx(picture: Image.Image, data: bytes) -> ColourSpace | None:
    """Return what the boxes of an AVIF or HEIC file say, or else its compressed pixels."""
    if picture.format not in ("AVIF", "HEIF"):
        return None
    info = picture.info
    if picture.format == "AVIF":
        # Pillow does not report it; the other library cannot decode AVIF, but reads its boxes.
        import pillow_heif

        try:
            info = pillow_heif.HeifFile(data).info  # type: ignore[no-untyped-call]
        except (EOFError, LookupError, OSError, RuntimeError, SyntaxError, ValueError):
            return _of_stream(data)
    if codes := info.get("nclx_profile"):
        return coded(codes["color_primaries"], codes["transfer_characteristics"])
    return _of_stream(data)


def _of_stream(data: bytes) -> ColourSpace | None:
    # Loaded here, since it is large and few files leave it to their stream.
    import av

    try:
        with av.open(io.BytesIO(data), format="mov") as container:
            codec = container.streams.video[0].codec_context
            return coded(int(codec.color_primaries), int(codec.color_trc))
    except (av.FFmpegError, AttributeError, LookupError) as error:
        log.debug("no colours in the stream: %s", error)
        return None


def _cicp_of_png(data: bytes) -> ColourSpace | None:
    codes = next((body for name, body in _png_chunks(data) if name == b"cICP"), b"")
    # Other matrices are not allowed; the narrow range is, but no browser follows it.
    if codes[2:] != b"\0\1" or (space := coded(*codes[:2])) is None:
        return None
    # Browsers show such pictures as BT.1886 has it, and videos, AVIF and HEIC as sRGB.
    return replace(space, light=gamma(2.4)) if codes[1] in VIDEO_TRANSFERS else space


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Return the chunks before the pixels."""
    at = 8
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if name == b"IDAT":
            return
        yield name, data[at + 8 : at + 8 + length]
        at += length + 12


def _gamma_of_png(info: dict[Any, Any]) -> ColourSpace | None:
    value = info.get("gamma")
    if "srgb" in info or not value:
        return None
    corners = info.get("chromaticity", SRGB.primaries)
    if abs(value - 0.45455) < 0.005 and _near(corners, SRGB):
        # What the PNG specification has writers of sRGB write beside or in place of its chunk.
        return SRGB
    return _sensible(ColourSpace(tuple(corners), gamma(1 / value)))


def _profile_of_bmp(data: bytes) -> bytes | None:
    """Return the profile within a BMP file of version 5 (BITMAPV5HEADER of Windows)."""
    if len(data) < 138 or data[14] != 124 or data[70:74] != b"DEBM":
        return None
    start, size = struct.unpack_from("<II", data, 126)
    return data[14 + start : 14 + start + size] or None


def _of_jpeg2000(data: bytes) -> Colours | None:
    """Return the colours of the first "colr" box that is understood (ISO/IEC 15444-1, I.5.3.3)."""
    for head, body in _boxes(data, 0, len(data)):
        if head != b"jp2h":
            continue
        for name, (start, end) in _boxes(data, *body):
            found = _of_colr(data[start:end]) if name == b"colr" else None
            if found is not None:
                return found
    return None


def _of_colr(content: bytes) -> Colours | None:
    method, body = content[:1], content[3:]
    if method == b"\1" and len(body) >= 4:
        (number,) = struct.unpack_from(">I", body)
        if number == _JPEG2000_CIELAB:
            raise PictureError("JPEG 2000 with CIELAB colours is not supported")
        return _JPEG2000_SPACES.get(number)
    if method in (b"\2", b"\3"):
        return _of_profile(body)
    if method == b"\5" and len(body) >= 4:
        return coded(*struct.unpack_from(">HH", body))
    return None


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Return the names of boxes, and where their contents start and end."""
    while at + 8 <= end:
        length, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if length == 1 and at + 16 <= end:
            length, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        stop = end if length == 0 else min(end, at + length)
        if stop < at + head or name == b"jp2c":
            return
        yield name, (at + head, stop)
        at = stop
