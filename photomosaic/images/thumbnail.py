"""Small copies of photos, from which tiles are made."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from photomosaic.arrays import AnyImage, BgrImage
from photomosaic.images.decode import decode
from photomosaic.progress import StageClock

# Large enough for tiles of 192 pixels a side out of any photo; a side of 384 took twice the time
# for each further scale, and half as much disk again.
SHORTEST_SIDE = 192
LONGEST_SIDE = 320
JPEG_QUALITY = 92
# Beyond that a panorama's thumbnail gets thin instead of longer.
LONGEST_SIDE_OF_PANORAMA = 8192


@dataclass(frozen=True)
class Thumbnail:
    """A small copy of a photo.

    Attributes
    ----------
    encoded : bytes
        JPEG, or PNG if it has transparency; upright sRGB without metadata.
    height, width : int
        Size of the upright original in pixels.
    own_output : bool
        Whether this toolkit made the picture.
    """

    encoded: bytes
    height: int
    width: int
    own_output: bool

    @property
    def checksum(self) -> int:
        """Checksum of the encoded picture."""
        return zlib.crc32(self.encoded)


def make_thumbnail(data: bytes, clock: StageClock | None = None) -> Thumbnail:
    """Make the thumbnail of a picture file's content.

    Raises
    ------
    PictureError
        If it cannot be decoded.
    """
    clock = clock or StageClock()
    with clock.stage("decode"):
        decoded = decode(data, (SHORTEST_SIDE, LONGEST_SIDE))
    with clock.stage("thumbnail"):
        encoded = _encoded(decoded.picture)
    return Thumbnail(encoded, decoded.height, decoded.width, decoded.own_output)


def thumbnail_of(frame: BgrImage, height: int, width: int) -> Thumbnail:
    """Return a frame of a clip, (h, w, 3), uint8, BGR, as the thumbnail of one of a larger size."""
    picture = Image.fromarray(np.ascontiguousarray(frame[..., ::-1]))
    return Thumbnail(_encoded(picture), height, width, own_output=False)


def _encoded(picture: Image.Image) -> bytes:
    picture.thumbnail((LONGEST_SIDE_OF_PANORAMA, LONGEST_SIDE_OF_PANORAMA))
    buffer = io.BytesIO()
    if picture.mode == "RGBA":
        picture.save(buffer, "PNG", compress_level=1, icc_profile=None)
    else:
        picture.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()


def read_thumbnail(encoded: bytes) -> AnyImage:
    """Decode a thumbnail to shape (H, W, 3) or (H, W, 4), uint8, BGR(A).

    Raises
    ------
    ValueError
        If it is damaged.
    """
    pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ValueError("a damaged thumbnail")
    return np.asarray(pixels, np.uint8)
