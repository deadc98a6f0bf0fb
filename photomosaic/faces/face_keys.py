"""Faces named in files: by the content of their photo and their place in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from photomosaic.faces.face import Face
from photomosaic.faces.face_library import ScannedPhoto

KEY_PATTERN = r"^sha256:[0-9a-f]{64}@-?[0-9]{1,6},-?[0-9]{1,6}\Z"
_KEY = re.compile(r"sha256:([0-9a-f]{64})@(-?\d+),(-?\d+)")

PhotoFace = tuple[ScannedPhoto, Face]


def key_of(photo: ScannedPhoto, face: Face) -> str:
    """Return the name of a face in files: its photo's SHA-256, and the column and row amid it."""
    top, left, height, width = face.box
    return f"sha256:{photo.hash.hex()}@{round(left + width / 2)},{round(top + height / 2)}"


def place_of(key: str) -> tuple[bytes, float, float]:
    """Return the hash of a key's photo, and the row and column of the face.

    Raises
    ------
    ValueError
        If it is no key.
    """
    found = _KEY.fullmatch(key)
    if found is None:
        raise ValueError(f"{key!r} is no key of a face")
    return bytes.fromhex(found[1]), int(found[3]), int(found[2])


class FaceKeys:
    """Finds faces by their keys, also when their boxes are a little different by now."""

    def __init__(self, faces: Sequence[PhotoFace]) -> None:
        self._of_photo: dict[str, list[tuple[int, Face]]] = {}
        for index, (photo, face) in enumerate(faces):
            self._of_photo.setdefault(photo.hash.hex(), []).append((index, face))

    def find(self, key: str) -> int | None:
        """Return the index of a face, or None if it is not there."""
        found = _KEY.fullmatch(key)
        if found is None:
            return None
        col, row = int(found[2]), int(found[3])
        for index, face in self._of_photo.get(found[1], ()):
            if face.is_at(row, col):
                return index
        return None
