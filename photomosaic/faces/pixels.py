"""The pixels of photos that were searched."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack

from photomosaic.arrays import BgrImage
from photomosaic.errors import PictureError
from photomosaic.faces.reading import MOST_PIXELS
from photomosaic.faces.search import Finding
from photomosaic.files.regular import read_file
from photomosaic.images.decode import decode
from photomosaic.images.memory import file_memory
from photomosaic.images.pixels import on_white


def photo_of(
    finding: Finding, covers: tuple[int, int] | None = None, memory: ExitStack | None = None
) -> BgrImage:
    """Return a photo's pixels (H, W, 3), uint8, BGR, upright; smaller if `covers` are enough.

    `memory` is as for `decode`.

    Raises
    ------
    OSError, PictureError
        If it cannot be read, or is not what was searched.
    """
    with file_memory(finding.photo.file.size):
        data = read_file(finding.photo.file.path)
        if hashlib.sha256(data).digest() != finding.photo.hash:
            raise PictureError("changed while it was searched")
        decoded = decode(data, covers, most_pixels=MOST_PIXELS, memory=memory)
        return on_white(decoded.picture)
