"""How a mosaic uses the photos of a codebook."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from photomosaic.assignment.assignment import Assignment
from photomosaic.library.codebook import Codebook


@dataclass(frozen=True)
class Usage:
    """How many photos a mosaic uses, and the one it uses most."""

    photos: int
    most_used: str
    most_used_count: int

    @classmethod
    def of(cls, assignment: Assignment, codebook: Codebook) -> Usage:
        """Count the photos of an assignment."""
        counts = Counter(codebook.photos[assignment.ids.ravel()].tolist())
        photo, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
        tile = int((codebook.photos == photo).argmax())
        return cls(len(counts), codebook.paths[tile], count)
