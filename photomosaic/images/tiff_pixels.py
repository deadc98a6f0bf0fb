"""The pixels of a page of a TIFF file, brought to 8 bits a channel."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from photomosaic.errors import PictureError
from photomosaic.images.depth import to_8_bits

Pixels = npt.NDArray[np.generic]
Channels = npt.NDArray[np.unsignedinteger]

# Photometric interpretations (TIFF 6.0, and supplement 1 for ICC's Lab), and their channels.
_WHITE_IS_ZERO, PALETTE, INKS, YCBCR, LAB, ICC_LAB = 0, 3, 5, 6, 8, 9
CHANNELS = {0: 1, 1: 1, 2: 3, PALETTE: 1, INKS: 4, YCBCR: 3, LAB: 3, ICC_LAB: 3}
_OTHER_COLOURS = {
    4: "a mask, not a picture",
    10: "ITULAB colours are not supported",
    32803: "camera RAW data are not supported",
    32844: "LogL colours are not supported",
    32845: "LogLuv colours are not supported",
    34892: "camera RAW data are not supported",
}
JPEG, WEBP = 7, 50001
# None, three of fax, LZW, JPEG, deflate, PackBits, deflate, LERC, LZMA, Zstandard, WebP.
_COMPRESSIONS = frozenset({1, 2, 3, 4, 5, JPEG, 8, 32773, 32946, 34887, 34925, 50000, WEBP})
_INK_SET, _EXTRA_SAMPLES = 332, 338
_NO_ALPHA, _PREMULTIPLIED, _STRAIGHT = 0, 1, 2
_MOST_EXTRA_CHANNELS = 8
_LARGEST_TILE = 1 << 22
_AT_ONCE = 1 << 24


def read_channels(page: Any) -> Channels:
    """Return all channels, shape (H, W, C); bits are made 8, unless they are a palette's index.

    Raises
    ------
    PictureError
        If they are of a kind that is not supported, or not all there.
    """
    _check_is_supported(page)
    _check_segments(page)
    shape, bits = (page.imagelength, page.imagewidth, page.samplesperpixel), page.bitspersample
    if bits == 32:
        planes = page.asarray(squeeze=False, maxworkers=1)[:, 0]
        return to_8_bits(*_without_idle_bits(np.moveaxis(planes, 0, -2).reshape(shape)))
    index = page.photometric == PALETTE
    channels = np.zeros(shape, np.uint16 if index and bits > 8 else np.uint8)
    for pixels, (plane, _, top, left, _), _ in page.segments(maxworkers=1, buffersize=_AT_ONCE):
        if pixels is None:
            continue
        pixels = pixels[0, : shape[0] - top, : shape[1] - left]
        pixels = pixels.view(np.uint8) if pixels.dtype == bool else pixels
        right, last = left + pixels.shape[1], plane + pixels.shape[2]
        part = channels[top : top + len(pixels), left:right, plane:last]
        if page.photometric in (LAB, ICC_LAB):
            # Where zero lies in the middle, the upper byte alone counts.
            part[:] = pixels.view(f"u{pixels.itemsize}") >> (bits - 8)
        else:
            part[:] = pixels if index else to_8_bits(pixels, bits)
    return channels


def _check_is_supported(page: Any) -> None:
    """Raise `PictureError`, naming what is not supported, if there is something."""
    colours = page.photometric
    if colours not in CHANNELS:
        raise PictureError(_OTHER_COLOURS.get(colours, "its kind of colours is not supported"))
    if page.compression not in _COMPRESSIONS:
        raise PictureError(f"its compression ({int(page.compression)}) is not supported")
    if page.sampleformat in (3, 5, 6):
        raise PictureError(
            "its pixels are floating-point numbers, which is not supported; save it with 16 bits"
        )
    if colours == INKS and page.tags.valueof(_INK_SET, 1) != 1:
        raise PictureError("inks other than CMYK are not supported")
    extra = page.samplesperpixel - CHANNELS[colours]
    if not 0 <= extra <= _MOST_EXTRA_CHANNELS or not isinstance(page.bitspersample, int):
        raise PictureError("its kind of channels is not supported")
    if page.imagedepth != 1:
        raise PictureError("a picture of three dimensions, which is not supported")


def segment_size(page: Any) -> tuple[int, int]:
    """Return height and width of a page's strips or tiles."""
    if page.is_tiled:
        return page.tilelength, page.tilewidth
    return min(page.rowsperstrip, page.imagelength), page.imagewidth


def _check_segments(page: Any) -> None:
    """Raise `PictureError` if strips or tiles are cut off, or hold more than the picture."""
    content = page.parent.filehandle
    segments = list(zip(page.dataoffsets, page.databytecounts, strict=False))
    cut_off = any(start + count > content.size for start, count in segments)
    if cut_off or len(segments) < math.prod(page.chunked):
        raise PictureError("damaged: truncated")
    sizes = [segment_size(page)]
    if page.compression in (JPEG, WEBP):
        # These are decoded at the size that they tell themselves.
        for start, count in segments:
            content.seek(start)
            with Image.open(io.BytesIO(content.read(count)), formats=["JPEG", "WEBP"]) as segment:
                sizes.append(segment.size)
    most = max(4 * page.imagewidth * page.imagelength, _LARGEST_TILE)
    if any(height * width > most for height, width in sizes):
        raise PictureError("damaged")


def _without_idle_bits(pixels: Pixels) -> tuple[Pixels, int]:
    """Return pixels of 32 bits, and how many of these are in use."""
    # Programs that calculate put 8 or 16 bits into signed ones.
    highest = int(pixels.max(initial=0))
    if highest > 65535 and pixels.dtype.kind == "u":
        return pixels, 32
    return np.clip(pixels, 0, 65535).astype(np.uint16), 16 if highest > 255 else 8


def _extra_sample(page: Any) -> int:
    # Programs that leave the tag out mean transparency.
    return int(np.ravel(page.tags.valueof(_EXTRA_SAMPLES) or _STRAIGHT)[0])


def has_alpha(page: Any) -> bool:
    """Tell whether a page has transparency."""
    return page.samplesperpixel > CHANNELS[page.photometric] and _extra_sample(page) != _NO_ALPHA


def as_picture(page: Any, pixels: Channels) -> Image.Image:
    """Return channels (H, W, C) as a picture; the transparency of inks is left out."""
    count = CHANNELS[page.photometric]
    colour = _colours(page, pixels[..., :count])
    if page.photometric == INKS:
        return Image.fromarray(colour, "CMYK")
    if not has_alpha(page):
        return Image.fromarray(colour[..., 0] if colour.shape[2] == 1 else colour)
    colour = np.repeat(colour, 3, axis=2) if colour.shape[2] == 1 else colour
    mode = "RGBa" if _extra_sample(page) == _PREMULTIPLIED else "RGBA"
    return Image.fromarray(np.dstack([colour, pixels[..., count]]), mode)


def _colours(page: Any, pixels: Channels) -> Channels:
    """Return pixels (H, W, C) as grey, RGB or CMYK of 8 bits."""
    if page.photometric == PALETTE:
        palette = np.asarray(page.colormap)
        # Some programs write 8 bits where 16 are due.
        palette = palette >> 8 if palette.max(initial=0) > 255 else palette
        return np.asarray(palette.astype(np.uint8).T[pixels[..., 0]])
    if page.photometric in (LAB, ICC_LAB):
        return _from_lab(pixels, signed=page.photometric == LAB)
    return np.ascontiguousarray(255 - pixels if page.photometric == _WHITE_IS_ZERO else pixels)


def _from_lab(pixels: Channels, *, signed: bool) -> Channels:
    """Return CIELAB under D50 (H, W, 3), its a and b signed or offset by half, as sRGB."""
    # Pillow takes them as signed.
    lab = np.ascontiguousarray(pixels if signed else pixels ^ np.array([0, 0x80, 0x80], np.uint8))
    profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return np.asarray(
        ImageCms.profileToProfile(Image.fromarray(lab, "LAB"), *profiles, outputMode="RGB")
    )
