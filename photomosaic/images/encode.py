"""Pictures written, and tagged as this toolkit's."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from photomosaic import __version__
from photomosaic.arrays import AnyImage, BgrImage
from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.files.writing import replacing
from photomosaic.images.crop import to_tile
from photomosaic.images.own_output import SOFTWARE, SOFTWARE_TAG

PREVIEW_QUALITY = 90

_EXIF_IFD = 0x8769
_TAKEN_TAG, _TAKEN_FRACTION_TAG = 0x9003, 0x9291


@dataclass(frozen=True)
class OutputFormat:
    """A picture format that can be written.

    Attributes
    ----------
    name : str
        As Pillow names it.
    longest_side : int
        Largest width and height that the format can hold, in pixels.
    settings : dict
        Options of Pillow's encoder.
    """

    name: str
    longest_side: int
    settings: dict[str, int | str] = field(default_factory=dict)


COPY_QUALITY = 85

# Full colour resolution, since tiles are full of small coloured edges.
_JPEG = OutputFormat("JPEG", 65_500, {"quality": 92, "subsampling": 0})
_TIFF = OutputFormat("TIFF", 1_000_000, {"compression": "tiff_adobe_deflate"})
OUTPUT_FORMATS = {
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".png": OutputFormat("PNG", 1_000_000),
    ".webp": OutputFormat("WEBP", 16_383, {"quality": 92}),
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".avif": OutputFormat(
        "AVIF", 32_768, {"quality": 85, "subsampling": "4:4:4", "max_threads": 1}
    ),
}


def output_format(path: Path, size: tuple[int, int]) -> OutputFormat:
    """Return the format that a file's extension asks for.

    Parameters
    ----------
    path : Path
    size : (int, int)
        Height and width of the picture to come.

    Raises
    ------
    InputError
        If there is no such format, or it cannot hold a picture of that size.
    """
    known = ", ".join(suffix[1:] for suffix in OUTPUT_FORMATS)
    if not path.suffix:
        raise InputError(f"{printable(path)}: needs an extension that tells the format: {known}")
    chosen = OUTPUT_FORMATS.get(path.suffix.lower())
    if chosen is None:
        raise InputError(
            f"{printable(path)}: pictures cannot be written as {path.suffix}; known are {known}"
        )
    if max(size) > chosen.longest_side:
        raise InputError(
            f"{printable(path)}: {chosen.name} holds at most {chosen.longest_side} pixels a side,"
            f" and the mosaic has {size[1]}x{size[0]}; write it as .png or .tiff"
        )
    return chosen


def encode_copy(photo: AnyImage, longest: int) -> bytes:
    """Encode a small copy of a photo as JPEG, without any metadata.

    Parameters
    ----------
    photo : ndarray of shape (H, W, 3) or (H, W, 4), uint8, BGR(A)
        Transparent parts are laid on white.
    longest : int
        Most pixels of its longer side; it is not enlarged.
    """
    height, width = photo.shape[:2]
    factor = min(1.0, longest / max(height, width))
    small = to_tile(photo, max(1, round(height * factor)), max(1, round(width * factor)), "stretch")
    if small.shape[2] == 4:
        share = small[..., 3:].astype(np.float32) / 255
        small = np.rint(small[..., :3] * share + 255 * (1 - share)).astype(np.uint8)
    image = Image.fromarray(np.ascontiguousarray(small[..., ::-1]))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=COPY_QUALITY)
    return buffer.getvalue()


def write_picture(picture: AnyImage, path: str | Path, taken: datetime | None = None) -> None:
    """Write a picture (H, W, 3 or 4), uint8, BGR(A), in the format of the path's extension.

    It carries this toolkit's name in the EXIF tag Software, the time `taken` if there is one in
    DateTimeOriginal, and no other metadata.

    Raises
    ------
    InputError
        As `output_format`.
    OutputError
        If it cannot be written.
    """
    path = Path(path)
    chosen = output_format(path, picture.shape[:2])
    red_first = cv2.COLOR_BGR2RGB if picture.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    image = Image.fromarray(cv2.cvtColor(picture, red_first))
    with replacing(path) as file:
        # In memory first, since libtiff writes to the console what goes wrong with a file.
        encoded = io.BytesIO()
        image.save(encoded, chosen.name, exif=own_exif(taken), **chosen.settings)
        file.write(encoded.getbuffer())


def own_exif(taken: datetime | None = None) -> bytes:
    """Return the EXIF data that mark a picture as made by this toolkit, and date it."""
    exif = Image.Exif()
    exif[SOFTWARE_TAG] = f"{SOFTWARE} {__version__}"
    if taken is not None:
        details = exif.get_ifd(_EXIF_IFD)
        details[_TAKEN_TAG] = f"{taken:%Y:%m:%d %H:%M:%S}"
        if taken.microsecond:
            details[_TAKEN_FRACTION_TAG] = f"{taken:%f}"
    return exif.tobytes()


def preview(picture: BgrImage, longest: int) -> bytes:
    """Return a picture (H, W, 3), uint8, BGR, as a JPEG of at most `longest` pixels a side."""
    height, width = picture.shape[:2]
    factor = longest / max(height, width)
    if factor < 1:
        size = max(1, round(width * factor)), max(1, round(height * factor))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, PREVIEW_QUALITY])
    return encoded.tobytes()
