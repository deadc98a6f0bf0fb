"""What people decided about faces, and how they placed their frames."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from photomosaic.faces.face import Face, Points
from photomosaic.faces.face_library import ScannedPhoto

# Pixels; lists give tenths.
_SAME_PLACE = 0.06


@dataclass(frozen=True)
class Decisions:
    """What people decided about faces, identified by the photo's content and the face's position.

    Attributes
    ----------
    by_photo : dict of bytes to list
        Hash of a photo to (row, col of a face's centre, `ACCEPTED` or `REJECTED`, reason).
    placed : dict of bytes to list
        Hash of a photo to (row, col of a face's centre, eyes as in `Finding.placed`); of several
        for one face, the last counts.
    """

    by_photo: dict[bytes, list[tuple[float, float, str, str]]] = field(default_factory=dict)
    placed: dict[bytes, list[tuple[float, float, Points]]] = field(default_factory=dict)

    def of(self, photo: ScannedPhoto, face: Face) -> tuple[str, str]:
        """Return the decision about a face and its reason, both empty if there is none."""
        for row, col, decision, reason in self.by_photo.get(photo.hash, ()):
            if face.is_at(row, col):
                return decision, reason
        return "", ""

    def place(self, digest: bytes, middle: tuple[float, float], eyes: tuple[float, ...]) -> None:
        """Note how people placed a face of a photo: its middle, and the eyes' x, y, x, y."""
        x0, y0, x1, y1 = eyes
        points = np.array([[y0, x0], [y1, x1]], np.float32)
        self.placed.setdefault(digest, []).append((*middle, points))

    def eyes_of(self, photo: ScannedPhoto, face: Face) -> Points | None:
        """Return the eyes as people placed them, or None."""
        places = self.placed.get(photo.hash, ())
        found = [eyes for row, col, eyes in places if face.is_at(row, col)]
        # Those that were found, up to rounding, undo what was placed before.
        if not found or np.abs(found[-1] - face.eyes).max() < _SAME_PLACE:
            return None
        return found[-1]
