"""The folder of photos that a job works with, and the notice of what was found in it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from photomosaic.errors import InputError, naming
from photomosaic.files.names import printable
from photomosaic.files.regular import read_file, why_unread
from photomosaic.images.listing import Listing, check_holds_photos, list_photos
from photomosaic.library.codebook import Codebook
from photomosaic.library.index import Index
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import (
    CACHE_DIR,
    CORES,
    CacheOptions,
    ListingOptions,
    PhotoOptions,
    TileOptions,
)
from photomosaic.progress import Work

if TYPE_CHECKING:
    from photomosaic.options.mosaic import MosaicOptions
    from photomosaic.options.video import VideoMosaicOptions


LARGEST_LIST = 64 << 20


@dataclass(frozen=True)
class PhotosFound:
    """Notice of the photos that a codebook was made of.

    Attributes
    ----------
    index : Index
    codebook : Codebook
    tiles : TileOptions
    best_k : int
        How many photos each tile is drawn from, as asked for.
    """

    index: Index
    codebook: Codebook
    tiles: TileOptions
    best_k: int


@dataclass(frozen=True)
class FolderListed:
    """Notice of a folder's files: the photos, and what is passed over."""

    listing: Listing


@dataclass(frozen=True)
class PhotosLeftOut:
    """Notice of the photos that were left out to tidy up: how many for each reason."""

    counts: Counter[str]


@dataclass(frozen=True)
class CacheUsed:
    """Notice of the size of the cache in bytes."""

    bytes: int


def list_folder(
    folder: Path, options: ListingOptions, work: Work, *, videos: bool = False
) -> Listing:
    """List the photos of a folder, or also its videos; raises `InputError` if there is none."""
    exclude = [*options.exclude, *_patterns(options.exclude_from)]
    listing = list_photos(folder, recursive=options.recursive, exclude=exclude, clips=videos)
    check_holds_photos(listing)
    work.notify(FolderListed(listing))
    return listing


def list_codebook(options: PhotoOptions, work: Work) -> Listing:
    """List the photos that a codebook is made of; raises `InputError` as `list_folder`."""
    with work.clock.stage("list"), naming("--codebook-dir"):
        return list_folder(options.codebook_dir, options, work, videos=options.clips)


def _patterns(path: Path | None) -> list[str]:
    """Return the lines of a file that are no comments; raises `InputError` if it is no text."""
    if path is None:
        return []
    try:
        lines = os.fsdecode(read_file(path, LARGEST_LIST)).splitlines()
    except OSError as error:
        raise InputError(f"--exclude-from {printable(path)}: {why_unread(error)}") from error
    if any("\0" in line for line in lines):
        raise InputError(f"--exclude-from {printable(path)}: is no list of names")
    return [line for line in lines if line.strip() and not line.startswith("#")]


def open_library(cache: CacheOptions, work: Work) -> PhotoLibrary:
    """Open the photo library that the options name."""
    return PhotoLibrary(cache.folder, work)


def read_codebook(
    folder: str | Path,
    scale: int,
    tiles: TileOptions | None = None,
    cache_dir: Path | None = CACHE_DIR,
    work: Work | None = None,
) -> Codebook:
    """Return a folder of photos as tiles of one size.

    Parameters
    ----------
    folder : str or Path
        Its subfolders are included.
    scale : int
        Tiles are this many times the aspect of `tiles`, which is 4 high and 3 wide by default.
    tiles : TileOptions, optional
    cache_dir : Path or None, optional
        Where thumbnails are kept for the next time; None keeps nothing.
    work : Work, optional

    Raises
    ------
    InputError
        If the folder holds no photo that can be used, or the scale is out of range.
    """
    tiles, work = tiles or TileOptions(), work or Work(CORES)
    listing = list_folder(Path(folder), ListingOptions(), work)
    with PhotoLibrary(cache_dir, work) as library:
        index = library.index(listing)
        return library.codebook(index, TileSize.of(tiles, scale), tiles)


def read_index(
    library: PhotoLibrary,
    listing: Listing,
    options: MosaicOptions | VideoMosaicOptions,
    work: Work,
) -> Index:
    """Index a folder, without the photos that are left out to tidy up."""
    index = library.index(listing)
    return _tidied(library, index, work) if options.photos.tidy else index


def read_codebooks(
    library: PhotoLibrary,
    index: Index,
    sizes: Sequence[TileSize],
    options: MosaicOptions | VideoMosaicOptions,
    work: Work,
) -> list[Codebook]:
    """Return the codebooks of an indexed folder for some tile sizes.

    Near-duplicates are grouped if the look asks for it.
    """
    nearly_whole = options.look.layout == "mixed" and options.tiles.cuts is None
    codebooks = [
        library.codebook(index, size, options.tiles, nearly_whole=nearly_whole) for size in sizes
    ]
    if options.look.dedupe:
        codebooks = [library.grouped(index, codebook) for codebook in codebooks]
    work.notify(CacheUsed(library.size()))
    work.notify(PhotosFound(index, codebooks[0], options.tiles, options.look.best_k))
    return codebooks


def _tidied(library: PhotoLibrary, index: Index, work: Work) -> Index:
    left_out = library.left_out(index)
    hashes = {photo.hash for photo, _ in left_out}
    kept = [photo for photo in index.photos if photo.hash not in hashes]
    if not kept:
        raise InputError("--tidy: leaves no photo; leave the option out, and use --advise")
    work.notify(PhotosLeftOut(Counter(reason for _, reason in left_out)))
    return replace(index, photos=kept)
