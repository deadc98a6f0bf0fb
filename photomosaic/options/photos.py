"""Options on photos and on the tiles made of them, the cache and the messages."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from photomosaic import ranges
from photomosaic.errors import InputError
from photomosaic.options.fields import Options, option
from photomosaic.options.values import RemoteRoot, scheduler_address

Crop = Literal["center", "attention", "pad", "stretch", "skip"]
Metric = Literal["perceptual", "rgb"]

CACHE_DIR = Path(__file__).resolve().parents[2] / "cache"
CORES = os.cpu_count() or 1
# Tiles of all photos by default: with more, the choice takes longer and is hardly any better.
DEFAULT_TILES = 80_000
# The scripts that take a cluster.
SPREAD = ("mosaic", "video", "make_gif", "face_montage", "performance")


@dataclass(frozen=True, kw_only=True)
class ListingOptions(Options):
    """Which photos of a folder are used."""

    recursive: bool = option(
        True, "include the photos of subfolders", in_project=True, changeable=True
    )
    exclude: tuple[str, ...] = option(
        (),
        "leave out files and folders whose name, or path below the folder, matches; repeatable",
        metavar="GLOB",
        in_project=True,
        changeable=True,
    )
    exclude_from: Path | None = option(
        None, "leave out what the lines of a file name, each as with --exclude", metavar="FILE"
    )


@dataclass(frozen=True, kw_only=True)
class ReadingOptions(ListingOptions):
    """Which photos of a folder are used, and which computers read them."""

    scheduler: str | None = option(
        None,
        "let the workers of a Dask cluster do the work on photos and films: its address, such as"
        " tcp://HOST:8786, or local:N for N processes here",
        scripts=SPREAD,
        metavar="ADDRESS",
        parse=scheduler_address,
    )
    remote_root: tuple[RemoteRoot, ...] = option(
        (),
        "what a folder of this computer is called on the workers, if they have it elsewhere;"
        " repeatable",
        scripts=SPREAD,
        metavar="LOCAL=REMOTE",
        parse=RemoteRoot.parse,
    )


@dataclass(frozen=True, kw_only=True)
class PhotoOptions(ReadingOptions):
    """The photos that become tiles."""

    heading: ClassVar[str] = "photos"

    codebook_dir: Path = option(
        help="folder of photos for the tiles", metavar="DIR", from_project=True
    )
    clips: bool = option(
        False,
        "also use the videos in that folder: each scene of one is a photo",
        in_project=True,
        changeable=True,
    )
    tidy: bool = option(
        False,
        "leave out screenshots, pages of text, black and blurred photos, and of near-duplicates all"
        " but one",
        scripts=("mosaic", "video"),
    )
    workers: int = option(CORES, "threads that read photos", ranges.WORKERS, metavar="N")


@dataclass(frozen=True, kw_only=True)
class TileOptions(Options):
    """How photos become tiles, and how tiles are compared with the target."""

    heading: ClassVar[str] = "tiles and matching"

    height_aspect: float = option(
        4, "tile height at scale 1, in pixels", ranges.ASPECT, in_project=True
    )
    width_aspect: float = option(
        3, "tile width at scale 1, in pixels", ranges.ASPECT, in_project=True
    )
    crop: Crop = option(
        "center",
        "photos of another shape than the tiles: cut evenly, cut around what draws the eye, shown"
        " whole with borders, stretched, or skipped if more than 2% off",
        in_project=True,
    )
    cuts: int | None = option(
        None,
        "how many parts of a photo, at most, serve as tiles, each at its own place and zoom; one"
        " photo still in all limits and counts; if not given 16, and fewer for more than 5,000"
        " photos",
        ranges.CUTS,
        metavar="N",
        in_project=True,
    )
    mirror: bool = option(False, "also use each tile mirrored", in_project=True)
    metric: Metric = option(
        "perceptual",
        "how similarity is measured: as the eye sees it from a distance, or pixel by pixel",
        in_project=True,
    )
    vectorization_factor: float = option(
        1,
        "share of the detail that is compared; 1 is usually best",
        ranges.VECTORIZATION_FACTOR,
        in_project=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.mirror and self.whole:
            raise InputError(f"--mirror cannot be combined with --crop {self.crop}")

    @property
    def whole(self) -> bool:
        """Whether tiles show whole photos, so that each has one tile."""
        return self.crop in ("pad", "stretch")

    @property
    def several(self) -> bool:
        """Whether a photo may have several tiles."""
        return not self.whole and (self.cuts != 1 or self.mirror)

    def cuts_of_each(self, photos: int) -> int:
        """Return how many cuts are made of each of some photos, at most."""
        if self.cuts is not None:
            return self.cuts
        return min(int(ranges.CUTS.high), max(1, DEFAULT_TILES // max(1, photos)))


@dataclass(frozen=True, kw_only=True)
class CacheOptions(Options):
    """Where data on photos are kept between runs."""

    heading: ClassVar[str] = "cache"

    cache_dir: Path = option(CACHE_DIR, "folder of the cache", metavar="DIR")
    no_cache: bool = option(False, "neither read nor write the cache; slower")

    @property
    def folder(self) -> Path | None:
        """The folder of the cache; None without one."""
        return None if self.no_cache else self.cache_dir


@dataclass(frozen=True, kw_only=True)
class MessageOptions(Options):
    """What is printed."""

    heading: ClassVar[str] = "messages"

    quiet: bool = option(False, "print only warnings and errors", exclusive="loudness")
    verbose: bool = option(False, "print everything, and all lists in full", exclusive="loudness")
