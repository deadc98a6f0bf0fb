"""Edits of single photos and cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Edits:
    """Photos banned, required, pinned or refused, as numbers of tiles.

    Attributes
    ----------
    banned : tuple of int
        Tiles never to be used.
    required : tuple of int
        Tiles whose photos are used at least once.
    pinned : dict of int to int
        Cell (row * cols + col) to a tile of its photo.
    refused : tuple of (int, int)
        Cell and a tile that must not be placed there.
    """

    banned: tuple[int, ...] = ()
    required: tuple[int, ...] = ()
    pinned: Mapping[int, int] = field(default_factory=dict)
    refused: tuple[tuple[int, int], ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is any edit."""
        return bool(self.banned or self.required or self.pinned or self.refused)
