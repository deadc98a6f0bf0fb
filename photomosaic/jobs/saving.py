"""Mosaics that are saved out of a window: where, and the notice of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from photomosaic.errors import naming
from photomosaic.images.encode import output_format
from photomosaic.images.listing import Listing
from photomosaic.jobs.targets import check_savepath, savepath_of


@dataclass(frozen=True)
class MosaicSaved:
    """Notice of a mosaic that was saved from the window."""

    path: Path


@dataclass(frozen=True)
class Place:
    """Where mosaics are saved.

    Attributes
    ----------
    template : str
    target : Path
    size : (int, int)
        Height and width.
    listing : Listing
    """

    template: str
    target: Path
    size: tuple[int, int]
    listing: Listing

    def path(self, scale: int, name: str = "") -> Path:
        """Return the path of a mosaic, with a name of its own if it has one.

        Raises
        ------
        InputError
            If it cannot be saved there.
        """
        path = savepath_of(self.template, Path(name) if name else self.target, [scale])
        with naming("--savepath"):
            output_format(path, self.size)
        check_savepath(self.template, path, self.target, self.listing)
        return path
