"""What is to be measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from photomosaic.arrays import BgrImage
from photomosaic.images.listing import Listing
from photomosaic.library.index import Index
from photomosaic.library.photo_library import LARGEST_READY_TILE, PhotoLibrary
from photomosaic.matching.grid import TileSize
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import TileOptions
from photomosaic.progress import Progress, StageClock, Work
from photomosaic.video.probe import VideoInfo


@dataclass(frozen=True)
class Clip:
    """A part of a video to measure, by its `seconds`; a scale whose tiles fit into its frames.

    The options cover these.
    """

    video: VideoInfo
    scale: int
    options: RenderOptions
    threshold: float
    quality: int
    preset: str


@dataclass(frozen=True)
class Battery:
    """What is to be measured, checked before any long work.

    Attributes
    ----------
    target : ndarray of shape (H, W, 3), uint8, BGR
    scales : sequence of int
        Ascending.
    tiles : TileOptions
    options : RenderOptions
    listing : Listing
    workers : int
        Threads that read photos.
    repeats : int
        Runs of which the median is told.
    quick : bool
        Measure so many photos and frames only as some seconds allow.
    clip : Clip or None
    faces : Listing or None
        Photos to look for faces in.
    """

    target: BgrImage
    scales: Sequence[int]
    tiles: TileOptions
    options: RenderOptions
    listing: Listing
    workers: int
    repeats: int
    quick: bool
    clip: Clip | None = None
    faces: Listing | None = None

    def ready_tile(self, scale: int) -> TileSize:
        """Return the size of the tiles of a scale as they are matched, which may be smaller."""
        return TileSize.of(self.tiles, scale).at_most(LARGEST_READY_TILE)

    def index(
        self,
        listing: Listing,
        scale: int,
        cache: Path | None,
        progress: Progress,
        photo_clock: StageClock | None = None,
    ) -> tuple[StageClock, Index]:
        """Go from photos to the codebook of a scale, and return the clock of that."""
        clock, how = StageClock(), self.tiles
        with PhotoLibrary(cache, Work(self.workers, progress, clock), photo_clock) as library:
            index = library.index(listing)
            library.codebook(index, TileSize.of(how, scale), how)
        return clock, index
