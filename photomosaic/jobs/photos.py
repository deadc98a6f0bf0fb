"""The folder of photos that a job works with, and the notice of what was found in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from photomosaic.errors import naming
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
class CacheUsed:
    """Notice of the size of the cache in bytes."""

    bytes: int


def list_folder(folder: Path, options: ListingOptions, work: Work) -> Listing:
    """List the photos of a folder; raises `InputError` if there is none."""
    listing = list_photos(folder, recursive=options.recursive, exclude=list(options.exclude))
    check_holds_photos(listing)
    work.notify(FolderListed(listing))
    return listing


def list_codebook(options: PhotoOptions, work: Work) -> Listing:
    """List the photos that a codebook is made of; raises `InputError` as `list_folder`."""
    with work.clock.stage("list"), naming("--codebook-dir"):
        return list_folder(options.codebook_dir, options, work)


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


def read_codebooks(
    library: PhotoLibrary,
    listing: Listing,
    sizes: Sequence[TileSize],
    options: MosaicOptions | VideoMosaicOptions,
    work: Work,
) -> tuple[Index, list[Codebook]]:
    """Index a folder, and return its codebooks of some tile sizes.

    Near-duplicates are grouped if the look asks for it.
    """
    index = library.index(listing)
    codebooks = [library.codebook(index, size, options.tiles) for size in sizes]
    if options.look.dedupe:
        codebooks = [library.grouped(index, codebook) for codebook in codebooks]
    work.notify(CacheUsed(library.size()))
    work.notify(PhotosFound(index, codebooks[0], options.tiles, options.look.best_k))
    return index, codebooks
