"""TIFF files of all depths and layouts, as Pillow's pictures of 8 bits a channel.

Pillow reads some of them wrongly (16 bits by planes, white stored as 0) or not at all (10, 14 and
32 bits, 16-bit grey with transparency), and libtiff writes its complaints to the console.
"""

from __future__ import annotations

import io
import logging
from typing import Any

from PIL import Image, ImageFile

from photomosaic.images.tiff_pixels import (
    CHANNELS,
    ICC_LAB,
    INKS,
    JPEG,
    LAB,
    PALETTE,
    WEBP,
    YCBCR,
    Channels,
    as_picture,
    has_alpha,
    read_channels,
    segment_size,
)

# Old JPEG and ThunderScan.
_LIBTIFF_ALONE = frozenset({6, 32809})
_PROFILE, _REDUCED_OR_MASK, _MOST_PAGES = 34675, 1 | 4, 64


def open_tiff(data: bytes) -> Image.Image:
    """Open the first page that is neither a small copy nor a mask; pixels are read by `load`.

    What it raises on damaged files is among `DECODER_ERRORS`.
    """
    picture = TiffPicture(io.BytesIO(data))
    return Image.open(io.BytesIO(data), formats=["TIFF"]) if picture.for_libtiff else picture


class TiffPicture(ImageFile.ImageFile):
    """A page of a TIFF file, of mode L, RGB, RGBA, RGBa or CMYK once it is loaded.

    The transparency of inks is a picture of mode L under "alpha" in `info`, since no mode holds it.
    """

    format = "TIFF"
    format_description = "TIFF"

    def _open(self) -> None:
        # Loaded here, since many folders hold no TIFF file.
        import tifffile

        logging.getLogger("tifffile").addHandler(logging.NullHandler())
        file: Any = self.fp
        self._page: Any = _main_page(tifffile.TiffFile(file))
        self._channels: Channels | None = None
        self._mode, self._size = "RGB", (self._page.imagewidth, self._page.imagelength)
        if _PROFILE in self._page.tags:
            self.info["icc_profile"] = bytes(self._page.tags[_PROFILE].value)

    @property
    def for_libtiff(self) -> bool:
        """Whether only Pillow, by libtiff, reads this kind."""
        compression = self._page.compression
        subsampled = self._page.photometric == YCBCR and compression not in (JPEG, WEBP)
        return compression in _LIBTIFF_ALONE or subsampled

    @property
    def decoding_bytes(self) -> int:
        """About how much memory it takes until the channels have 8 bits."""
        page = self._page
        size = -(-int(page.bitspersample) // 8)
        pixels: int = page.imagewidth * page.imagelength
        rows, width = segment_size(page)
        segment = max(page.databytecounts, default=0) + rows * width * page.samplesperpixel * size
        whole = page.samplesperpixel * (1 if size < 4 else 1 + size)
        coloured = 3 if page.photometric in (PALETTE, LAB, ICC_LAB) else 0
        return int(pixels * (whole + coloured) + segment)

    def getexif(self) -> Image.Exif:
        """Return the tags of the page."""
        if self._exif is None:
            self._exif = Image.Exif()
            self._exif.bigtiff = self._page.parent.is_bigtiff
            self._exif.endian = self._page.parent.byteorder
            file: Any = self.fp
            self._exif.load_from_fp(file, self._page.offset)
        return self._exif

    def load(self) -> Any:
        """Decode the pixels.

        Raises
        ------
        PictureError
            If they are of a kind that is not supported, or not all there.
        """
        if self._im is None:
            picture = self.crop((0, 0, *self.size))
            self._channels = None
            self._mode, self._im = picture.mode, picture.im
        return Image.Image.load(self)

    def close(self) -> None:
        """Let go of the pixels."""
        super().close()
        self._channels = None

    def crop(self, box: tuple[float, float, float, float] | None = None) -> Image.Image:
        """Return a part of the picture; a small part takes less memory than `load`."""
        if self._im is not None:
            return super().crop(box)
        if self._channels is None:
            self._channels = read_channels(self._page)
            if self._page.photometric == INKS and has_alpha(self._page):
                self.info["alpha"] = Image.fromarray(self._channels[..., CHANNELS[INKS]])
        left, top, right, bottom = map(int, box or (0, 0, *self.size))
        return as_picture(self._page, self._channels[top:bottom, left:right])


def _main_page(file: Any) -> Any:
    for i in range(_MOST_PAGES):
        try:
            page = file.pages[i]
        except IndexError:
            break
        if not page.subfiletype & _REDUCED_OR_MASK:
            return page
    return file.pages[0]
