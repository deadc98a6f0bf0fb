"""The content of picture files; of other files, only the beginning is read."""

from __future__ import annotations

from pathlib import Path

from photomosaic.errors import PictureError
from photomosaic.files.regular import LARGEST_FILE, open_file, read_rest
from photomosaic.images.kinds import HEAD_BYTES, PICTURE_FORMATS, kind_of
from photomosaic.images.listing import PhotoFile


def file_content(photo: PhotoFile) -> bytes:
    """Return what a photo's file holds, or just its beginning if it is no picture.

    Raises
    ------
    OSError
        If it cannot be read.
    PictureError
        If it is too large to be held in memory.
    """
    if photo.size > LARGEST_FILE:
        raise PictureError(f"larger than {LARGEST_FILE >> 30} GB")
    return picture_content(photo.path)


def picture_content(path: str | Path) -> bytes:
    """Return what a file holds, or just its beginning if it is no picture; raises `OSError`."""
    with open_file(path) as file:
        head = file.read(HEAD_BYTES)
        return head + read_rest(file) if kind_of(head) in PICTURE_FORMATS else head
