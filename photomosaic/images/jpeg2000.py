"""JPEG 2000 files of other than 8 bits a channel, whose white Pillow turns into black."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from PIL import Image
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile

from photomosaic.errors import PictureError
from photomosaic.images.depth import to_8_bits

# The start of the codestream, and of the marker that tells the channels (ISO/IEC 15444-1, A.5.1).
_CODESTREAM = b"\xff\x4f\xff\x51"
_COUNT_AT, _CHANNELS_AT, _BYTES_PER_CHANNEL = 40, 42, 3
_MODES = {2: "LA", 3: "RGB", 4: "RGBA"}
_MOST_CHANNELS = 4


def open_jpeg2000(data: bytes) -> Image.Image:
    """Open a JPEG 2000 file; pixels are read by `load`."""
    depths = _depths(data)
    # Indices of a palette have less than 8 bits, and Pillow looks them up.
    if set(depths) <= {8} or (max(depths) < 8 and b"pclr" in data[: data.find(_CODESTREAM)]):
        return Image.open(io.BytesIO(data), formats=["JPEG2000"])
    picture = _DeepPicture(io.BytesIO(data))
    picture.data, picture.depths = data, depths
    return picture


def _depths(data: bytes) -> list[int]:
    """Return the number of bits of each channel, as the codestream tells them."""
    start = data.find(_CODESTREAM)
    count = int.from_bytes(data[start + _COUNT_AT : start + _CHANNELS_AT], "big")
    channels = data[start + _CHANNELS_AT :][: count * _BYTES_PER_CHANNEL : _BYTES_PER_CHANNEL]
    return [(depth & 0x7F) + 1 for depth in channels] if start >= 0 else []


class _DeepPicture(Jpeg2KImageFile):
    data: bytes = b""
    depths: Sequence[int] = ()

    def load(self) -> Any:
        """Decode the pixels.

        Raises
        ------
        PictureError
            If there are more channels than any mode holds.
        """
        if self._im is None:
            # Loaded here, since such files are rare.
            import imagecodecs

            pixels = imagecodecs.jpeg2k_decode(self.data)
            pixels = pixels.reshape(*pixels.shape[:2], -1)
            if pixels.shape[2] > _MOST_CHANNELS:
                raise PictureError(f"it has {pixels.shape[2]} channels, which is not supported")
            channels = [to_8_bits(pixels[..., i], self.depths[i]) for i in range(pixels.shape[2])]
            bands = [Image.fromarray(channel) for channel in channels]
            picture = bands[0] if len(bands) == 1 else Image.merge(_MODES[len(bands)], bands)
            self._mode, self._im = picture.mode, picture.im
        return Image.Image.load(self)
