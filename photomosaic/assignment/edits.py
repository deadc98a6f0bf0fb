"""Edits of single photos and cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Edits:
    """Photos banned, required, pinned or refused, as rows of the codebook.

    Attributes
    ----------
    banned, required : tuple of int
        Photos never to be used, and to be used at least once.
    pinned : dict of int to int
        Cell (row * cols + col) to its photo.
    refused : tuple of (int, int)
        Cell and a photo that must not be placed there.
    """

    banned: tuple[int, ...] = ()
    required: tuple[int, ...] = ()
    pinned: Mapping[int, int] = field(default_factory=dict)
    refused: tuple[tuple[int, int], ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is any edit."""
        return bool(self.banned or self.required or self.pinned or self.refused)
