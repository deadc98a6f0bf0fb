"""A mixed layout: the share of its cells by the shapes of photos, and tiles of both shapes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from photomosaic.images.crop import Cut
from photomosaic.jobs.still_plan import StillPlan, plan_still
from photomosaic.library.codebook import Codebook
from photomosaic.library.index import Index, Photo
from photomosaic.library.tile_pictures import TwoShapes
from photomosaic.matching.features import FeatureSpec, features_of
from photomosaic.matching.grid import TileSize
from photomosaic.matching.layout import Flags
from photomosaic.matching.masks import cells_inside
from photomosaic.matching.mixed import mixed
from photomosaic.options.mosaic import MosaicOptions
from photomosaic.options.photos import TileOptions
from photomosaic.progress import Work


def with_turned(given: MosaicOptions, plan: StillPlan, index: Index, work: Work) -> StillPlan:
    """Return a plan with cells of both shapes, their share that of the photos which fit them.

    The more frequent shape is that of the grid, since rows that are left over have it.

    Parameters
    ----------
    given : MosaicOptions
        What the plan was made from.
    plan : StillPlan
    index : Index
    work : Work
    """
    if plan.project is not None:
        return plan
    own, turned = _fitting(plan.tile, index, plan.options.tiles)
    if turned > own:
        tiles = given.tiles
        height, width = tiles.width_aspect, tiles.height_aspect
        tiles = replace(tiles, height_aspect=height, width_aspect=width)
        given = replace(given, tiles=tiles)
        plan = plan_still(given, None, Work(work.workers, work.progress, work.clock))
        own, turned = turned, own
    layout, mask = mixed(plan.grid, turned / max(1, own + turned)), plan.cells.finish.mask
    if mask is not None:
        layout = layout.only(cells_inside(layout, mask))
    return replace(plan, cells=replace(plan.cells, layout=layout))


def _fitting(tile: TileSize, index: Index, tiles: TileOptions) -> tuple[int, int]:
    """Return how many photos fit a tile, and how many the same tile turned on its side."""
    sizes = tile, tile.turned
    if tiles.cuts is None:
        counts = [sum(_fits(photo, size) for photo in index.photos) for size in sizes]
        if any(counts):
            return counts[0], counts[1]
    same = [sum(_is_as(photo, size) for photo in index.photos) for size in sizes]
    return same[0], same[1]


def _fits(photo: Photo, tile: TileSize) -> bool:
    size = photo.height, photo.width
    cut = Cut.around((0.5, 0.5), size, (tile.height, tile.width))
    return cut.nearly_whole().fits


def _is_as(photo: Photo, tile: TileSize) -> bool:
    """Tell whether a photo is portrait or landscape as a tile is; squares are both."""
    return (photo.height - photo.width) * (tile.height - tile.width) >= 0


def both_shapes(own: Codebook, turned: Codebook, index: Index, tiles: TileOptions) -> Codebook:
    """Return the tiles of two codebooks of the same photos, the second's turned on their side.

    Those of photos that fit the other shape only are there for pins, and for limits that leave no
    other.

    Parameters
    ----------
    own : Codebook
        Whose shape and features the new one has.
    turned : Codebook
    index : Index
    tiles : TileOptions
    """
    spec = own.spec
    samples = turned.pictures.samples(FeatureSpec(spec.metric, spec.width, spec.height))
    features = features_of(np.ascontiguousarray(samples.swapaxes(1, 2)), spec)
    if own.cuts is None or turned.cuts is None:
        raise ValueError("tiles of both shapes need cuts")
    groups = None
    if own.groups is not None and turned.groups is not None:
        groups = np.concatenate([own.groups, turned.groups])
    return replace(
        own,
        paths=own.paths + turned.paths,
        hashes=own.hashes + turned.hashes,
        pictures=TwoShapes(own.pictures, turned.pictures, own.tile, len(own)),
        features=np.concatenate([own.features, features]),
        groups=groups,
        cuts=own.cuts.joined(turned.cuts),
        turned=np.arange(len(own) + len(turned)) >= len(own),
        unfit=np.concatenate([_unfit(each, index, tiles) for each in (own, turned)]),
    )


def _unfit(codebook: Codebook, index: Index, tiles: TileOptions) -> Flags:
    """Tell which tiles of a codebook are of photos that do not fit its shape."""
    if tiles.cuts is None:
        fits = {photo.hash: _fits(photo, codebook.tile) for photo in index.photos}
    else:
        fits = {photo.hash: _is_as(photo, codebook.tile) for photo in index.photos}
    return np.array([not fits.get(digest, False) for digest in codebook.hashes], np.bool_)
