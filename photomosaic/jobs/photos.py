"""The folder of photos that a job works with, and the notice of what was found in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from photomosaic.codebook.codebook import Codebook
from photomosaic.codebook.index import Index
from photomosaic.codebook.library import PhotoLibrary
from photomosaic.images.listing import Listing, check_holds_photos, list_photos
from photomosaic.matching.grid import TileSize
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import CacheOptions, ListingOptions, TileOptions
from photomosaic.progress import Work


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


def list_folder(folder: Path, options: ListingOptions, work: Work) -> Listing:
    """List the photos of a folder; raises `InputError` if there is none."""
    listing = list_photos(folder, recursive=options.recursive, exclude=list(options.exclude))
    check_holds_photos(listing)
    work.notify(FolderListed(listing))
    return listing


def open_library(cache: CacheOptions, work: Work) -> PhotoLibrary:
    """Open the photo library that the options name."""
    return PhotoLibrary(cache.folder, work.workers, work.progress, work.clock)


def read_codebook(
    library: PhotoLibrary, index: Index, tile: TileSize, how: TileOptions
) -> Codebook:
    """Return the codebook of an indexed folder; raises as `PhotoLibrary.codebook`."""
    return library.codebook(index, tile, how.crop, how.metric, how.vectorization_factor)


def read_codebooks(
    library: PhotoLibrary,
    listing: Listing,
    sizes: Sequence[TileSize],
    tiles: TileOptions,
    look: RenderOptions,
) -> tuple[Index, list[Codebook]]:
    """Index a folder, and return its codebooks of some tile sizes.

    Near-duplicates are grouped if the look asks for it.
    """
    index = library.index(listing)
    codebooks = [read_codebook(library, index, size, tiles) for size in sizes]
    if look.dedupe:
        codebooks = [library.grouped(index, codebook) for codebook in codebooks]
    return index, codebooks
